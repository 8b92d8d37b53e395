# What "panicle DUMP -c bt -c 'log | tail'" does, with drgn: the panic task's backtrace and the end of the log.
from drgn.helpers.linux.printk import get_dmesg

print(prog.crashed_thread().stack_trace())
print(b"\n".join(get_dmesg(prog).splitlines()[-20:]).decode())
