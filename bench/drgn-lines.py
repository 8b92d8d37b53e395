# What "panicle DUMP VMLINUX -c 'bt -l'" does, with drgn: the panic task's backtrace, inlined functions and source lines included.
print(prog.crashed_thread().stack_trace())
