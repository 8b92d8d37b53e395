using System.Diagnostics;

namespace Panicle.Truth.Tests;

/// <summary>
/// The statically linked panicle that capture initramfs are made of, built from these sources when it is first needed.
/// </summary>
internal static class StaticPanicle
{
    private static readonly Lazy<string> Built = new(() => Build("--static"));
    private static readonly Lazy<string> BuiltNative = new(() => Build("--native"));

    /// <summary>Where it lies. <c>$PANICLE_STATIC</c> names one that is there already.</summary>
    public static string Path =>
        Environment.GetEnvironmentVariable("PANICLE_STATIC") is { Length: > 0 } given ? given : Built.Value;

    /// <summary>The one that is installed, with libraries. <c>$PANICLE_NATIVE</c> names one that is there already.</summary>
    public static string Native =>
        Environment.GetEnvironmentVariable("PANICLE_NATIVE") is { Length: > 0 } given ? given : BuiltNative.Value;

    private static string Build(string kind)
    {
        var start = new ProcessStartInfo(
            System.IO.Path.Combine(Root(), "panicle"), [kind])
        { RedirectStandardOutput = true };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEnd().Trim();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"./panicle {kind} failed");
        return output;
    }

    private static string Root()
    {
        var directory = AppContext.BaseDirectory;
        while (!File.Exists(System.IO.Path.Combine(directory, "Panicle.slnx")))
            directory = System.IO.Path.GetDirectoryName(directory)!;
        return directory;
    }
}
