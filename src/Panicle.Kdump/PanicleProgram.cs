namespace Panicle.Kdump;

/// <summary>The panicle that goes into the initramfs.</summary>
public static class PanicleProgram
{
    // Beside the program, where a package puts it.
    private const string StaticName = "panicle-static";

    /// <summary>
    /// The statically linked one if there is one, else the running program;
    /// null if that one can't run by itself (an ordinary build).
    /// </summary>
    public static string? Find()
    {
        var own = Environment.ProcessPath;
        var directory = Path.GetDirectoryName(own) ?? "/";
        string[] candidates =
        [
            Path.Combine(directory, StaticName),
            "/usr/lib/panicle/panicle-static",
            "/usr/libexec/panicle-static",
        ];
        if (candidates.FirstOrDefault(File.Exists) is { } found)
            return found;
        return own is null || File.Exists(Path.Combine(directory, "panicle.dll")) ? null : own;
    }
}
