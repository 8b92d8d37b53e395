using System.Collections.Concurrent;

namespace Panicle.Lab;

/// <summary>
/// A booted guest, saved the moment before it is told how to crash: each crash starts from there, which saves booting again.
/// Every crash of one snapshot therefore has the same addresses.
/// </summary>
internal static class Snapshot
{
    private const int Attempts = 4;

    private static readonly ConcurrentDictionary<string, Lock> Gates = [];

    /// <summary>Continues the guest that a kernel and options lead to, booting it first if that was never done.</summary>
    public static (Guest Guest, string BootLog) Open(Kernel kernel, KernelFiles files, GuestOptions options)
    {
        var directory = DirectoryOf(kernel, files, options);
        lock (Gates.GetOrAdd(directory, _ => new Lock()))
            if (!Directory.Exists(directory))
                Make(directory, kernel, files, options);
        var guest = Guest.Restore(kernel, options, Path.Combine(directory, "state"), Path.Combine(directory, "vdb"));
        return (guest, File.ReadAllText(Path.Combine(directory, "console.log")));
    }

    /// <summary>Deletes the saved guests: they are large, and only of use while crashes are being made.</summary>
    public static void DeleteAll()
    {
        if (Directory.Exists(Cache.PathOf("snapshots")))
            Directory.Delete(Cache.PathOf("snapshots"), recursive: true);
    }

    private static string DirectoryOf(Kernel kernel, KernelFiles files, GuestOptions options)
    {
        var key = Key.Of(files.Version, kernel.ToString(), kernel.MoreCommandLine, options.ToString(), GuestFiles.Key);
        return Cache.PathOf("snapshots", $"{kernel.Name}-{key}");
    }

    private static void Make(string directory, Kernel kernel, KernelFiles files, GuestOptions options)
    {
        Log.Line($"booting Linux {files.Release}, {options.MemoryMegabytes} MB");
        Retry.Do(Attempts, () => Cache.Publish(directory, made =>
        {
            using var guest = Guest.Boot(kernel, files, options);
            guest.WaitFor("LAB ready");
            if (guest.Console.Contains("LAB load-capture:", StringComparison.Ordinal))
                throw new LabException($"Linux {files.Release} would not load a capture kernel:\n{guest.Console[^300..]}");
            Log.Line($"  booted; QEMU took {guest.CpuTime.TotalSeconds:F1} s of CPU");
            guest.Save(Path.Combine(made, "state"));
            File.Copy(guest.FileSystem, Path.Combine(made, "vdb"));
            File.WriteAllText(Path.Combine(made, "console.log"), guest.Console);
        }));
    }
}
