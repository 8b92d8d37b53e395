using System.Globalization;
using Panicle.Kdump.Configuration;
using Panicle.Kdump.Targets;

namespace Panicle.Kdump.Retention;

/// <summary>A test crash that was started and whose dump is to be looked for after the reboot.</summary>
public static class PendingTest
{
    private const string DefaultPath = "/var/lib/panicle/test-pending";

    /// <summary>Remembers that a test begins now.</summary>
    public static void Begin(SystemRoot root)
    {
        var path = root.PathOf(DefaultPath);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        using var file = new FileStream(path, FileMode.Create);
        file.Write(System.Text.Encoding.ASCII.GetBytes(
            $"{DateTime.UtcNow.ToString("O", CultureInfo.InvariantCulture)}\t{Machine.Read(root).Release}\n"));
        file.Flush(flushToDisk: true);
    }

    /// <summary>Looks for the dump of the test that was begun, and keeps the proof. Null if no test was begun.</summary>
    public static (CaptureProof? Proof, string Message)? Verify(SystemRoot root)
    {
        if (root.ReadLine(DefaultPath).Split('\t') is not [var time, var release]
            || !DateTime.TryParse(time, CultureInfo.InvariantCulture,
                DateTimeStyles.AdjustToUniversal | DateTimeStyles.AssumeUniversal, out var begun))
            return null;
        var configuration = EffectiveConfiguration.Read(root);
        if (configuration.Unknown.FirstOrDefault(setting => setting.Key == "target") is { } unknown)
            return (null, $"a test was begun at {begun:yyyy-MM-dd HH:mm}; "
                + $"nothing tells where its dump went: {unknown.WhyUnknown}");
        var target = configuration.Target;
        if (target is not { Kind: TargetKind.Local, Device: null })
            return (
                null, $"a test was begun at {begun:yyyy-MM-dd HH:mm}; "
                    + $"whether its dump arrived at {target.Shown} can't be seen from here");
        IReadOnlyList<KeptCrash> crashes;
        try
        {
            crashes = KeptCrashes.In(root.PathOf(target.Path));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return (null, $"a test was begun at {begun:yyyy-MM-dd HH:mm}; whether its dump arrived can't be seen: {e.Message}");
        }
        File.Delete(root.PathOf(DefaultPath));
        // The directory's name has no seconds.
        var arrived = crashes.LastOrDefault(crash => crash.Time >= begun.AddMinutes(-1) && crash.Dump is not null);
        if (arrived is null)
            return (null, $"the test of {begun:yyyy-MM-dd HH:mm} left no dump in {target.Path}");
        if (!arrived.IsComplete)
            return (null, $"the dump of the test is incomplete: {arrived.Dump}");
        var proof = new CaptureProof(arrived.Time, release, arrived.Dump!);
        proof.Write(root);
        return (proof, $"the dump of the test arrived: {arrived.Dump}");
    }
}
