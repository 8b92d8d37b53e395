using Panicle.Kdump.Retention;

namespace Panicle.Kdump.Readiness;

/// <summary>The options that the kernel was built with.</summary>
internal sealed class KernelOptionsCheck : Check
{
    private static readonly (string Option, CheckState Without, string Meaning)[] Wanted =
    [
        ("KEXEC_FILE", CheckState.Warning, "kernels can be loaded by kexec_load(2) only, without checks of signatures"),
        ("CRASH_DUMP", CheckState.Bad, "it can neither reserve memory nor be a capture kernel"),
        ("PROC_VMCORE", CheckState.Bad, "as a capture kernel it has no /proc/vmcore"),
        ("DEBUG_INFO_BTF", CheckState.Warning, "dumps carry no types: explaining them takes the vmlinux with debug information"),
        ("KALLSYMS_ALL", CheckState.Warning, "dumps carry the names of functions, but not of variables"),
        ("MAGIC_SYSRQ", CheckState.Note, "a hanging machine can't be made to crash by key"),
    ];

    private static readonly (string Option, string Meaning)[] Slow =
    [
        ("KASAN", "an eighth of the memory goes to its shadow, in the capture kernel too: reserve more"),
        ("KMSAN", "most of the memory goes to its shadow: reserve several times as much"),
        ("KCSAN", "the kernel is several times slower"),
        ("DEBUG_PAGEALLOC_ENABLE_DEFAULT", "each page is unmapped when it is freed: the kernel is slower"),
    ];

    public override string Name => "kernel options";

    public override IEnumerable<CheckResult> Run(CheckContext context)
    {
        if (context.Kernel.Path is null)
        {
            var release = context.Machine.Release.Length > 0 ? $"Linux {context.Machine.Release}" : "the running Linux";
            var isProven = context.Machine.Release.Length > 0
                && CaptureProof.Read(context.Root)?.Release == context.Machine.Release;
            yield return new CheckResult("kernel options", isProven ? CheckState.Note : CheckState.Unknown,
                $"neither /proc/config.gz nor a config of {release} is there",
                isProven ? "a test has shown that this kernel captures" : "whether it can be a capture kernel isn't known",
                isProven ? "" : "panicle kdump test shows it");
            yield break;
        }
        var missing = Wanted.Where(wanted => context.Kernel.Has(wanted.Option) == false).ToList();
        foreach (var (option, state, meaning) in missing)
            yield return new CheckResult("kernel options", state, $"CONFIG_{option} is off", meaning, "another kernel");
        var there = Wanted.Where(wanted => context.Kernel.Has(wanted.Option) == true).Select(wanted => wanted.Option).ToList();
        if (missing.Count == 0)
            yield return new CheckResult("kernel options", CheckState.Good, string.Join(", ", there));
        if (Wanted.Where(wanted => context.Kernel.Has(wanted.Option) is null).Select(wanted => wanted.Option).ToList()
            is { Count: > 0 } open)
            yield return new CheckResult("kernel options",
                open.Exists(option => option is "CRASH_DUMP" or "PROC_VMCORE") ? CheckState.Unknown : CheckState.Note,
                $"nothing tells of {string.Join(", ", open)}", $"{context.Kernel.Path} is all there is");
        foreach (var (option, meaning) in Slow.Where(slow => context.Kernel.Has(slow.Option) == true))
            yield return new CheckResult("kernel options", CheckState.Warning, $"CONFIG_{option} is on", meaning);
    }
}
