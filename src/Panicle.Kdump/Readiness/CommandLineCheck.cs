using Panicle.Kdump.Crashkernel;
using Panicle.Kdump.Loading;

namespace Panicle.Kdump.Readiness;

/// <summary>
/// What the capture kernel's command line has it do, where the configuration has a word in it. What the running kernel was
/// started with it has come up with; a parameter that somebody gives the capture kernel alone is judged, or isn't known.
/// </summary>
internal sealed class CommandLineCheck : Check
{
    private const string Remedy = "see cmdline, cmdline-append and cmdline-remove in panicle kdump config";

    // They say where to print, or something to a system that isn't started: the initramfs has its own /init, which comes first.
    private static readonly HashSet<string> Harmless =
    [
        "console", "earlycon", "earlyprintk", "loglevel", "ignore_loglevel", "quiet", "debug", "printk.time", "splash", "panic",
        "oops", "nosmp", "nr_cpus", "maxcpus", "root", "rootflags", "rootfstype", "rootdelay", "rootwait", "ro", "rw", "init",
        "resume", "resume_offset", "BOOT_IMAGE", "net.ifnames", "biosdevname", "showopts",
    ];

    private static readonly string[] HarmlessPrefixes = ["systemd.", "rd.", "udev."];

    public override string Name => "command line";

    public override IEnumerable<CheckResult> Run(CheckContext context)
    {
        string line;
        string? problem = null;
        try
        {
            line = CaptureCommandLine.For(context.Configuration, context.Root, context.Machine.Architecture);
        }
        catch (KexecException e)
        {
            (line, problem) = ("", e.Message);
        }
        if (problem is not null)
        {
            yield return new CheckResult(Name, CheckState.Unknown, problem, "no capture kernel can be loaded with it", Remedy);
            yield break;
        }
        var words = KernelParameters.Split(line);
        var found = words.SelectMany(word => Judge(context, word)).Concat(Absent(context, words)).ToList();
        foreach (var result in found)
            yield return result;
        if (found.Count == 0)
            yield return new CheckResult(Name, CheckState.Good,
                $"{words.Count} parameters: Panicle's own, the running kernel's, or none that a capture depends on");
    }

    private IEnumerable<CheckResult> Judge(CheckContext context, string word)
    {
        var (name, value) = (KernelParameters.NameOf(word), KernelParameters.ValueOf(word));
        if (name == "rdinit")
        {
            if (value != "/init")
                yield return Result(CheckState.Bad, word, "the capture kernel would start that, and not Panicle as its /init");
        }
        else if (name == "mem")
            yield return Memory(context, word, value);
        else if (!IsKnown(context, word, name))
            yield return Result(CheckState.Unknown, word, "whether the capture kernel comes up and captures with it isn't known");
    }

    private CheckResult Memory(CheckContext context, string word, string value)
    {
        var needed = ReservationEstimate.Of(context.Root, context.Machine, context.Configuration).Needed;
        return MemorySize.TryParse(value, out var most) && most > 0 && most < needed
            ? Result(CheckState.Bad, word, $"a capture here is estimated to need {needed >> 20} MB, and this leaves it less")
            : Result(CheckState.Unknown, word,
                "which memory it leaves of what is reserved depends on where that lies: whether it is enough isn't known");
    }

    // What is taken out of the running kernel's line for a capture kernel is no better for being put back by hand.
    private static bool IsKnown(CheckContext context, string word, string name)
    {
        if (Harmless.Contains(name) || CaptureCommandLine.IsAdded(word)
            || Array.Exists(HarmlessPrefixes, prefix => name.StartsWith(prefix, StringComparison.Ordinal)))
            return true;
        return !CaptureCommandLine.IsDropped(word)
            && KernelParameters.Split(context.Root.ReadLine("/proc/cmdline")).Contains(word);
    }

    private IEnumerable<CheckResult> Absent(CheckContext context, IReadOnlyList<string> words)
    {
        var wanted = context.Configuration.Number("cpus") ?? 1;
        var limits = words.Where(word => KernelParameters.NameOf(word) is "nr_cpus" or "maxcpus" or "nosmp").ToList();
        if (context.Machine.Cpus > wanted && !limits.Exists(word => word == "nosmp"
            || (int.TryParse(KernelParameters.ValueOf(word), out var most) && most <= wanted)))
            yield return new CheckResult(Name, CheckState.Unknown,
                $"nothing on it limits the capture kernel to {wanted} of {context.Machine.Cpus} CPUs (nr_cpus=)",
                "each takes memory that the estimate doesn't count, and whether they all start isn't known", Remedy);
        if (!words.Contains("reset_devices"))
            yield return new CheckResult(Name, CheckState.Unknown, "reset_devices isn't on it",
                "drivers take devices as the crash left them, and whether they come up isn't known", Remedy);
        if (!words.Any(word => KernelParameters.NameOf(word) == "panic" && KernelParameters.ValueOf(word) is not ("" or "0")))
            yield return new CheckResult(Name, CheckState.Warning, "panic= isn't on it",
                "a capture kernel that panics itself stays so until somebody comes", Remedy);
    }

    private CheckResult Result(CheckState state, string word, string meaning) => new(Name, state, word, meaning, Remedy);
}
