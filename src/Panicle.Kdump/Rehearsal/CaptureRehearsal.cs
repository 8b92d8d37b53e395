namespace Panicle.Kdump.Rehearsal;

/// <summary>What became of a rehearsal.</summary>
/// <param name="Works">Whether the initramfs did what it will have to do; null if that could not be tried.</param>
/// <param name="Found">What was seen, or why it wasn't tried or didn't work.</param>
public sealed record RehearsalResult(bool? Works, string Found);

/// <summary>
/// Runs a capture initramfs without a crash: it is unpacked into memory that only the process there sees, and its own
/// <c>/init</c> saves a page as it is configured to and starts the programs that its target needs. What a capture kernel lacks is
/// then missing here too.
/// </summary>
public static class CaptureRehearsal
{
    /// <summary>The argument by which a panicle is told to step into an initramfs; the initramfs follows.</summary>
    internal const string Enter = "--enter-initramfs";

    /// <summary>The argument by which the <c>/init</c> in there is told that this is no crash.</summary>
    internal const string Inside = "--rehearsal";

    internal const int Good = 0;
    internal const int Failed = 1;
    internal const int NotTried = 3;

    private const string Program = "panicle";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    /// <summary>What a panicle with these arguments has to do for a rehearsal, by its exit code; null if it isn't one.</summary>
    public static int? RunStage(string[] arguments) => arguments switch
    {
        [Enter, var initramfs] => RehearsalStage.Run(initramfs),
        [Inside] => RehearsedCapture.Run(),
        _ => null,
    };

    /// <summary>Rehearses a system's initramfs.</summary>
    public static RehearsalResult Run(SystemRoot root, string initramfs)
    {
        if (!root.IsLive)
            return new RehearsalResult(null, "not tried: it is another system's");
        if (Environment.ProcessPath is not { } program || Path.GetFileNameWithoutExtension(program) != Program)
            return new RehearsalResult(null, "not tried: this program is no panicle that could step into it");
        if (!Environment.IsPrivilegedProcess)
            return new RehearsalResult(null, "not tried: that takes root");
        return ProgramRun.Of(program, [Enter, initramfs], Patience) is { } run
            ? Judge(run.ExitCode, run.Output, run.Errors)
            : new RehearsalResult(false, $"it, or something that it started, didn't end in {Patience.TotalSeconds:F0} s");
    }

    internal static RehearsalResult Judge(int code, string output, string errors)
    {
        var lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var isBegun = lines.Contains(RehearsedCapture.Begun);
        var said = string.Join("; ", lines.Where(line => line != RehearsedCapture.Begun));
        var complaint = errors.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .LastOrDefault();
        return (code, isBegun) switch
        {
            (Good, true) => new RehearsalResult(true, said),
            (NotTried, _) => new RehearsalResult(null, said),
            (_, true) => new RehearsalResult(false, said.Length > 0 ? said : complaint ?? $"its /init ended with {code}"),
            // What a shell and the loader end with if a program or a library isn't there, and a signal.
            (Failed or >= 126, false) => new RehearsalResult(
                false, said.Length > 0 ? said : $"its /init doesn't start: {complaint ?? $"it ended with {code}"}"),
            _ => new RehearsalResult(null, "not tried: its /init is of another version of Panicle"),
        };
    }
}
