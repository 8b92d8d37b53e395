#!/usr/bin/env -S PanicleChecks=false dotnet run -c Release
#:project ../src/Panicle.Kernel

// Who brought the machine down, and what it was doing.

using Panicle.Kernel;

using var dump = KernelDump.Open(args);
Console.WriteLine($"{dump.System.Utsname.Release}, up {dump.Time.Uptime.TotalSeconds:0} s");
if (dump.Crash.Task is not { } task)
{
    Console.WriteLine("no task panicked");
    return;
}
Console.WriteLine($"{task.Command} (PID {task.Pid}) on CPU {dump.Crash.Cpu}");
foreach (var frame in dump.Unwinder.Unwind(task).Frames)
    Console.WriteLine($"    {frame.Function?.Name ?? $"0x{frame.Address:x}"}");
