#!/usr/bin/env -S PanicleChecks=false dotnet run -c Release
#:project ../src/Panicle.Kernel

// What the machine's tasks were waiting for: those in the same functions once, the largest group first.

using Panicle.Kernel;

using var dump = KernelDump.Open(args);
foreach (var group in dump.Sched.Groups.ByStack(dump.Tasks.All).Take(3))
{
    var longest = group.Tasks[0];
    Console.WriteLine($"{group.Tasks.Count} tasks; {longest.Task} for {longest.Waited / 1e9:0.0} s");
    foreach (var frame in group.Trace.Frames.Where(frame => !frame.IsUser).Take(4))
        Console.WriteLine($"    {frame.Function?.Name ?? $"0x{frame.Address:x}"}");
}
