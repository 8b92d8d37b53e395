using System.Globalization;
using Panicle.Kernel;
using Panicle.Reports.Decoding;

namespace Panicle.Reports.Sections;

/// <summary>What the kernel said it died of, and where.</summary>
/// <param name="Message">The line of the log that says it; null if none does.</param>
/// <param name="Place">The frame to blame at first sight: the one that died, below the machinery of the panic itself.</param>
/// <param name="ErrorCode">A page fault's error code; null for other causes.</param>
/// <param name="ErrorCodeMeaning">The error code in words.</param>
public sealed record CauseSection(string? Message, FrameLine? Place, ulong? ErrorCode, string? ErrorCodeMeaning)
{
    // Functions between the place where things went wrong and the capture of the dump (kernel/panic.c, kernel/crash_core.c,
    // arch/x86/kernel/dumpstack.c): no one's fault.
    private static readonly HashSet<string> Machinery =
    [
        "__crash_kexec", "crash_kexec", "machine_kexec", "panic", "vpanic", "nmi_panic", "oops_end", "die", "die_addr", "__die", "__die_body",
        "crash_setup_regs", "check_panic_on_warn", "__warn", "kdump_nmi_callback",
    ];

    /// <summary>The crash in one line.</summary>
    public string Title => (Message, Place) switch
    {
        (null, null) => "the kernel died without a word",
        (null, { } place) => $"the kernel died in {place.Place}",
        ({ } message, null) => message,
        ({ } message, { } place) => $"{message} in {place.Place}",
    };

    internal static CauseSection? Read(KernelDump kernel, StackSection? stack)
    {
        if (kernel.Crash.Cpu is null)
            return null;
        var place = stack?.Frames.FirstOrDefault(frame => !frame.IsUser && !IsMachinery(frame.Function));
        var code = ErrorCodeOf(kernel);
        return new CauseSection(kernel.System.PanicMessage, place, code, code is { } value ? new PageFaultErrorCode(value).Describe() : null);
    }

    private static bool IsMachinery(string? function)
    {
        if (function is null)
            return false;
        // The compiler splits cold code off: panic.cold is panic.
        var dot = function.IndexOf('.', StringComparison.Ordinal);
        return Machinery.Contains(dot < 0 ? function : function[..dot]);
    }

    // "#PF: error_code(0x0002) - not-present page", since 5.1.
    private static ulong? ErrorCodeOf(KernelDump kernel)
    {
        const string Mark = "#PF: error_code(0x";
        var line = kernel.Log.Records.LastOrDefault(record => record.Text.StartsWith(Mark, StringComparison.Ordinal))?.Text;
        var end = line?.IndexOf(')', StringComparison.Ordinal) ?? -1;
        return end > Mark.Length && ulong.TryParse(line.AsSpan(Mark.Length, end - Mark.Length), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code)
            ? code
            : null;
    }
}
