# What "panicle DUMP VMLINUX -c \"p 'drivers/tty/sysrq.c'::sysrq_key_table\"" does, with drgn: a variable that is found by its name and its source file.
print(prog.variable("sysrq_key_table", "drivers/tty/sysrq.c"))
