using System.Formats.Tar;
using System.Text.Json.Nodes;

namespace Panicle.Lab;

/// <summary>
/// One kernel that died one way, and what was brought back: <c>console.log</c>, <c>truth/</c> and the unfiltered dump, which
/// the formats are derived from.
/// </summary>
internal sealed class Crash
{
    /// <summary>Changes when crashes made by older versions of this program must not be used any more.</summary>
    private const string LabVersion = "1";

    private const int Attempts = 4;

    private static readonly string[] Unfiltered = ["elf.vmcore", "guest-elf.vmcore"];

    public Crash(Kernel kernel, Scenario scenario, CaptureKind capture)
    {
        Kernel = kernel;
        Scenario = scenario;
        Capture = capture;
        Files = new Lazy<KernelFiles>(() => KernelFiles.Of(kernel));
    }

    public Kernel Kernel { get; }

    public Scenario Scenario { get; }

    public CaptureKind Capture { get; }

    /// <summary>Where it lies once it was made.</summary>
    public string Directory => Cache.PathOf("crashes", Kernel.Name, Name, $"{Files.Value.Version}-{InputsKey}");

    private Lazy<KernelFiles> Files { get; }

    private string Name => Capture switch
    {
        CaptureKind.Header => Scenario.Name,
        CaptureKind.GuestCopy => $"{Scenario.Name}.copied",
        CaptureKind.GuestFilter => $"{Scenario.Name}.filtered",
        _ => $"{Scenario.Name}.qemu",
    };

    private GuestOptions Options => Scenario.Guest with { Capture = Capture };

    private string InputsKey => Key.Of(LabVersion, Kernel.ToString(), Scenario.ToString(), Capture.ToString(), GuestFiles.Key);

    /// <summary>Whether it was made already.</summary>
    public bool Exists => System.IO.Directory.Exists(Directory);

    /// <summary>Makes it, if it wasn't yet.</summary>
    public void Make()
    {
        if (Exists)
            return;
        Log.Line($"crashing {Kernel.Name}: {Name}");
        Retry.Do(Attempts, () => Cache.Publish(Directory, Run));
    }

    private void Run(string output)
    {
        var (guest, bootLog) = Snapshot.Open(Kernel, Files.Value, Options.ToBoot);
        using (guest)
        {
            guest.Send(Capture == CaptureKind.Qemu ? $"nokexec {Scenario.Orders}" : Scenario.Orders);
            if (Scenario.NeedsNmi)
            {
                guest.WaitFor("crashme: waiting for an NMI");
                guest.Control.Execute("inject-nmi");
            }
            Collect(guest, output);
            File.WriteAllText(Path.Combine(output, "console.log"), bootLog + guest.Console);
            Log.Line($"  died; QEMU took {guest.CpuTime.TotalSeconds:F1} s of CPU");
            Check(guest.Console, ExtractLog(output));
            ExtractTestimony(guest.Testimony, Path.Combine(output, "truth"));
        }
        File.Copy(Files.Value.CrashModule(), Path.Combine(output, "crashme.ko"));
        File.WriteAllText(Path.Combine(output, "release"), $"{Files.Value.Release}\n{Files.Value.Version}\n");
    }

    private void Collect(Guest guest, string output)
    {
        switch (Capture)
        {
            case CaptureKind.Header:
                WaitForCapture(guest, "LAB capture");
                var head = guest.ReceiveElf(Vmcore.HeadSize);
                guest.Control.Execute("stop");
                Vmcore.Assemble(head, guest.Memory, Path.Combine(output, "elf.vmcore"));
                break;
            case CaptureKind.GuestCopy:
                WaitForCapture(guest, "LAB captured ");
                guest.Control.Execute("stop");
                CopyDisk(guest, Path.Combine(output, "guest-elf.vmcore"));
                CheckShortcut(guest, Path.Combine(output, "guest-elf.vmcore"));
                break;
            case CaptureKind.GuestFilter:
                WaitForCapture(guest, "LAB captured");
                Shell.Script("disk=\"$1\"; output=\"$2\"; shift 2; \"$@\" -R \"$output\" <\"$disk\"",
                    [
                        guest.DumpDisk,
                        Path.Combine(output, "guest-kdump.vmcore"),
                        .. ToolRoot.Open(Suite.Sid).CommandFor("makedumpfile"),
                    ]);
                break;
            default:
                guest.WaitFor("---[ end Kernel panic");
                DumpByQemu(guest.Control, output);
                break;
        }
    }

    private static void WaitForCapture(Guest guest, string text)
    {
        const string End = "---[ end Kernel panic";
        const string Survived = "LAB survived";
        if (guest.WaitFor(text, End, Survived) != text)
            throw new GuestException(
                $"the kernel lives, or it died and no capture kernel "
                    + $"started:\n{guest.Console[^Math.Min(guest.Console.Length, 1500)..]}");
    }

    private static void CopyDisk(Guest guest, string output)
    {
        var size = guest.Console.Split("LAB captured ")[1].Split('\r', '\n')[0];
        Shell.Script("cp --sparse=always \"$1\" \"$2\" && truncate -s \"$3\" \"$2\"", guest.DumpDisk, output, size);
    }

    /// <summary>What the host puts together has to be what the guest has read.</summary>
    private static void CheckShortcut(Guest guest, string copied)
    {
        using var scratch = new Scratch();
        var assembled = scratch.PathOf("assembled");
        var head = new byte[Vmcore.HeadSize];
        using (var file = File.OpenRead(copied))
            file.ReadExactly(head);
        Vmcore.Assemble(head, guest.Memory, assembled);
        var different = Vmcore.CountDifferentPages(copied, assembled);
        Log.Line($"  {different} pages differ between the guest's copy and what the host put together");
        if (different > Vmcore.TolerablePages)
            throw new LabException($"{different} pages that the guest copied from /proc/vmcore are not what its memory holds");
    }

    private static void DumpByQemu(Qmp control, string output)
    {
        void Dump(string name, bool paging, string? format) => control.Execute("dump-guest-memory", new JsonObject
        {
            ["paging"] = paging,
            ["protocol"] = $"file:{Path.Combine(output, name)}",
            ["format"] = format ?? "elf",
        });
        Dump("qemu-elf.vmcore", false, null);
        Dump("qemu-elf-paging.vmcore", true, null);
        Dump("qemu-kdump.vmcore", false, "kdump-zlib");
    }

    /// <summary>
    /// The kernel's log as makedumpfile reads it out of the dump. What is printed in an NMI or a double fault is in the log only:
    /// the capture kernel takes over before it would reach the console.
    /// </summary>
    private static string ExtractLog(string output)
    {
        var dump = Unfiltered.Select(name => Path.Combine(output, name)).FirstOrDefault(File.Exists);
        if (dump is null)
            return "";
        var log = Path.Combine(output, "dmesg.log");
        ToolRoot.Open(Suite.Sid).Run("makedumpfile", "--dump-dmesg", dump, log);
        return File.ReadAllText(log);
    }

    /// <summary>A crash of another kind than was asked for is worse than none.</summary>
    private void Check(string console, string log)
    {
        if (!console.Contains("LAB testified", StringComparison.Ordinal))
            throw new GuestException("the kernel died before the testimony was taken");
        if (!console.Contains(Scenario.PanicText, StringComparison.Ordinal)
            && !log.Contains(Scenario.PanicText, StringComparison.Ordinal))
            throw new GuestException(
                $"the kernel died, but never said “{Scenario.PanicText}”:\n{console[Math.Max(0, console.Length - 3000)..]}");
    }

    private static void ExtractTestimony(string disk, string directory)
    {
        System.IO.Directory.CreateDirectory(directory);
        using var archive = File.OpenRead(disk);
        TarFile.ExtractToDirectory(archive, directory, overwriteFiles: true);
    }
}
