using System.IO.Compression;
using System.Text;
using Panicle.Formats.Archives;
using Panicle.Kdump.Initramfs;

namespace Panicle.Kdump.Rehearsal;

/// <summary>
/// Steps into an initramfs: mounts that only this process sees, a file system in memory, no network. Nothing of it is left when
/// the process ends.
/// </summary>
internal static unsafe class RehearsalStage
{
    private const string Place = "/tmp";
    private const int NewMounts = 0x20000; // CLONE_NEWNS
    private const int NewNetwork = 0x4000_0000; // CLONE_NEWNET
    private const nuint Private = 0x44000; // MS_PRIVATE | MS_REC
    private const nuint Bind = 0x5000; // MS_BIND | MS_REC
    private const string Init = "/init";

    /// <summary>Doesn't come back if all goes well: this process becomes the <c>/init</c> in there.</summary>
    public static int Run(string initramfs)
    {
        try
        {
            using (var packed = File.OpenRead(initramfs))
            {
                // Where that isn't permitted, as in containers, nothing is known.
                if (Native.Unshare(NewMounts) != 0 || Native.Mount("none", "/", "none", Private, null) != 0
                    || Native.Mount("tmpfs", Place, "tmpfs", 0, "mode=0700") != 0)
                    return Say(CaptureRehearsal.NotTried, $"not tried: this system doesn't permit it ({Native.LastError})");
                _ = Native.Unshare(NewNetwork);
                Unpack(packed);
            }
            // Another's /init would do as root what it does at boot: load modules, mount disks.
            if (!File.Exists($"{Place}/{CaptureInitramfs.ConfigurationPath}")
                && !File.Exists($"{Place}/{CaptureInitramfs.ModuleOrder}"))
                return Say(CaptureRehearsal.NotTried, $"not tried: {initramfs} is none of Panicle's");
            foreach (var directory in new[] { "dev", "proc", "tmp" })
                Directory.CreateDirectory($"{Place}/{directory}");
            if (Native.Mount("/dev", $"{Place}/dev", "none", Bind, null) != 0
                || Native.Mount("proc", $"{Place}/proc", "proc", 0, null) != 0
                || Native.ChangeRoot(Place) != 0 || Native.ChangeDirectory("/") != 0)
                return Say(CaptureRehearsal.NotTried, $"not tried: this system doesn't permit it ({Native.LastError})");
            Execute();
            return Say(CaptureRehearsal.Failed, $"its {Init} can't be started: {Native.LastError}");
        }
        catch (InvalidDataException e)
        {
            return Say(CaptureRehearsal.Failed, $"{initramfs} can't be unpacked: {e.Message}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Say(CaptureRehearsal.NotTried, $"not tried: {e.Message}");
        }
    }

    private static void Unpack(Stream packed)
    {
        using var unpacked = new GZipStream(packed, CompressionMode.Decompress);
        foreach (var file in CpioArchive.Read(unpacked))
        {
            var path = Path.GetFullPath($"{Place}/{file.Name}");
            if (!path.StartsWith($"{Place}/", StringComparison.Ordinal))
                throw new InvalidDataException("a name in it leads out of it");
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            using var output = new FileStream(path, new FileStreamOptions
            {
                Mode = FileMode.Create,
                Access = FileAccess.Write,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute,
            });
            file.Content.CopyTo(output);
        }
    }

    // As the kernel starts it: with next to no environment.
    private static void Execute()
    {
        fixed (byte* init = Encoding.ASCII.GetBytes($"{Init}\0"),
            argument = Encoding.ASCII.GetBytes($"{CaptureRehearsal.Inside}\0"), home = "HOME=/\0"u8, terminal = "TERM=linux\0"u8)
        {
            var arguments = stackalloc byte*[] { init, argument, null };
            var environment = stackalloc byte*[] { home, terminal, null };
            _ = Native.Execute(init, arguments, environment);
        }
    }

    private static int Say(int code, string text)
    {
        Console.Out.WriteLine(text);
        return code;
    }
}
