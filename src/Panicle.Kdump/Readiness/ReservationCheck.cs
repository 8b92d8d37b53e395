using Panicle.Kdump.Crashkernel;

namespace Panicle.Kdump.Readiness;

/// <summary>The memory that is reserved: asked for, got, and whether it is enough.</summary>
internal sealed class ReservationCheck : Check
{
    private const string SetUp = "panicle kdump setup writes it to the boot loader; then reboot";

    public override string Name => "reserved memory";

    public override IEnumerable<CheckResult> Run(CheckContext context)
    {
        var arguments = CrashkernelArgument.ParseAll(context.Root.ReadLine("/proc/cmdline"));
        var machine = context.Machine;
        var asked = CrashkernelEvaluation.Of(arguments, machine.Memory, machine.Architecture, machine.Release);
        var estimate = ReservationEstimate.Of(context.Root, context.Machine, context.Configuration);
        var words = arguments.Count == 0 ? "no crashkernel= on the command line"
            : string.Join(" ", arguments.Select(argument => $"crashkernel={argument.Text}"));
        foreach (var problem in asked.Problems)
            yield return new CheckResult(
                "crashkernel=", CheckState.Warning, problem, "", "panicle kdump crashkernel explains it");
        switch (context.Kexec.Reserved)
        {
            case null when context.Root.HasFile("/sys/kernel/kexec_crash_size"):
                yield return new CheckResult(Name, CheckState.Unknown, "/sys/kernel/kexec_crash_size says no size");
                break;
            case null:
                yield return new CheckResult(Name, CheckState.Bad, "the kernel has no /sys/kernel/kexec_crash_size",
                    "this kernel is built without crash dumps, or /sys isn't mounted",
                    "boot a kernel with CONFIG_KEXEC_FILE and CONFIG_CRASH_DUMP");
                break;
            case 0 when arguments.Count == 0:
                yield return new CheckResult(Name, CheckState.Bad, "none: there is no crashkernel= on the command line",
                    "there is no place for a capture kernel", $"{SetUp}: {estimate.Argument}");
                break;
            case 0:
                yield return new CheckResult(
                    Name, CheckState.Bad, $"none, though {words} asks for {MemorySize.Format(asked.Total)}",
                    "the kernel found no such piece of memory, or it was given back since",
                    "dmesg | grep -i crashkernel says why; without '@' and with ,high the kernel may choose");
                break;
            case var got when got < estimate.Least:
                yield return new CheckResult(Name, CheckState.Bad, $"{got >> 20} MB ({words})",
                    $"the kernel and its initramfs alone take {estimate.Least >> 20} MB, and a capture here is estimated to need "
                        + $"{estimate.Needed >> 20} MB",
                    $"{SetUp}: {estimate.Argument}");
                break;
            case var got when machine.Memory == 0:
                yield return new CheckResult(Name, CheckState.Unknown, $"{got >> 20} MB ({words})",
                    "how much a capture needs depends on how much memory the machine has, and nothing tells that");
                break;
            case var got when got < estimate.Needed:
                yield return new CheckResult(Name, CheckState.Unknown, $"{got >> 20} MB ({words})",
                    $"a capture here is estimated to need {estimate.Needed >> 20} MB: it may run out of memory",
                    $"{SetUp}: {estimate.Argument}");
                break;
            case var got:
                yield return new CheckResult(Name, CheckState.Good,
                    $"{got >> 20} MB ({words}); a capture here is estimated to need {estimate.Needed >> 20} MB");
                break;
        }
    }
}
