# What "panicle DUMP -c 'foreach bt'" does, with drgn: the backtrace of every task, the idle ones included.
from drgn.helpers.linux.cpumask import for_each_online_cpu
from drgn.helpers.linux.pid import for_each_task
from drgn.helpers.linux.sched import idle_task

for task in [idle_task(prog, cpu) for cpu in for_each_online_cpu(prog)] + list(for_each_task(prog)):
    print("PID:", task.pid.value_(), task.comm.string_().decode())
    try:
        print(prog.stack_trace(task))
    except Exception as problem:
        print(problem)
