using System.Diagnostics;
using System.Text;
using Panicle.Formats.Archives;

namespace Panicle.Lab;

/// <summary>What a machine that Panicle sets up is like.</summary>
/// <param name="Script">What runs on it, as a shell script; a crash ends it, or the script's end.</param>
public sealed record MachineOptions(string Script)
{
    /// <summary>Its memory in MB, of which the capture kernel gets a part.</summary>
    public int MemoryMegabytes { get; init; } = 768;

    /// <summary>Its <c>crashkernel=</c>, or null for none.</summary>
    public string? Crashkernel { get; init; } = "192M";

    /// <summary>How many processors it has when it crashes.</summary>
    public int Cpus { get; init; } = 2;

    /// <summary>How large its second disk (<c>/dev/vdb</c>) is; 0 for none.</summary>
    public int SecondDiskMegabytes { get; init; }

    /// <summary>Whether there is an ext4 on that one; else it is empty.</summary>
    public bool IsSecondDiskFormatted { get; init; }

    /// <summary>How large its root file system is.</summary>
    public int RootMegabytes { get; init; } = 1536;

    /// <summary>Files to put on the root file system: path and content.</summary>
    public IReadOnlyDictionary<string, string> Files { get; init; } = new Dictionary<string, string>();

    /// <summary>Files of this machine to put there: path there and path here.</summary>
    public IReadOnlyDictionary<string, string> Copies { get; init; } = new Dictionary<string, string>();

    /// <summary>The root file system of a machine that ran before, to go on with; null for a new one.</summary>
    public string? Disk { get; init; }

    /// <summary>What else the kernel's command line says.</summary>
    public string MoreCommandLine { get; init; } = "";

    /// <summary>The VLAN that its network is; null for none.</summary>
    public int? Vlan { get; init; }

    /// <summary>The power goes when it prints this; null for never.</summary>
    public string? CutAt { get; init; }

    /// <summary>How fast its root disk is, in megabytes a second; null for as fast as this machine's.</summary>
    public int? RootDiskSpeed { get; init; }

    /// <summary>How long it may run.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(180);
}

/// <summary>
/// A whole machine: a kernel, a root file system on a disk with that kernel's modules, a network, and Panicle installed. What
/// becomes of its disks can be looked at once it has ended. Its network is QEMU's: 10.0.2.2 is this machine's loopback.
/// </summary>
public sealed class Machine : IDisposable
{
    private const int Attempts = 3;

    private static readonly string[] DiskModules =
    [
        "virtio_ring", "virtio", "virtio_pci_modern_dev", "virtio_pci_legacy_dev", "virtio_pci", "virtio_blk",
        "crc16", "crc32c_generic", "libcrc32c", "mbcache", "jbd2", "ext4",
    ];

    private readonly Scratch _scratch = new();

    private Machine()
    {
    }

    // Code that is just being patched on one CPU now and then kills another.
    private bool FellToTheEmulator => !Console.Contains("LAB started", StringComparison.Ordinal)
        && Console.Contains("int3: 0000 [#1]", StringComparison.Ordinal);

    /// <summary>Everything that it printed.</summary>
    public string Console { get; private set; } = "";

    /// <summary>Whether it ended by itself, by a reboot or by switching itself off.</summary>
    public bool HasEnded { get; private set; }

    /// <summary>How long it ran.</summary>
    public TimeSpan Time { get; private set; }

    /// <summary>Its root file system.</summary>
    public string RootDisk => _scratch.PathOf("vda");

    /// <summary>The file on this machine that is its second disk, <c>/dev/vdb</c>.</summary>
    public string SecondDisk => _scratch.PathOf("vdb");

    /// <summary>
    /// Runs one from switching on to its end, or until its time is up. Only one runs on this computer at a time.
    /// </summary>
    /// <param name="kernel">The kernel.</param>
    /// <param name="program">The panicle that is installed on it, statically linked.</param>
    /// <param name="options">What else it is like.</param>
    public static Machine Run(Kernel kernel, string program, MachineOptions options)
    {
        using var one = Cache.Lock();
        Machine? machine = null;
        Retry.Do(Attempts, () => machine = RunOnce(kernel, program, options));
        return machine!;
    }

    private static Machine RunOnce(Kernel kernel, string program, MachineOptions options)
    {
        var machine = new Machine();
        try
        {
            machine.Prepare(kernel, program, options);
            machine.Start(kernel, options);
            return machine.FellToTheEmulator
                ? throw new GuestException("it died of an int3 while it booted, which is the emulator's fault") : machine;
        }
        catch
        {
            machine.Dispose();
            throw;
        }
    }

    /// <summary>Copies a directory of an ext4 disk into a directory here.</summary>
    public static void CopyOut(string disk, string path, string directory)
    {
        Shell.TryRun("e2fsck", "-p", "-E", "journal_only", disk); // As the next mount would after a sudden end.
        Directory.CreateDirectory(directory);
        Shell.Run("debugfs", "-R", $"rdump {path} {directory}", disk);
    }

    /// <inheritdoc/>
    public void Dispose() => _scratch.Dispose();

    private void Prepare(Kernel kernel, string program, MachineOptions options)
    {
        var files = KernelFiles.Of(kernel);
        WriteInitramfs(files);
        if (options.Disk is not null)
        {
            File.Copy(options.Disk, RootDisk);
            return;
        }
        var root = _scratch.PathOf("root");
        Shell.Script("""
            cd "$1"
            mkdir -p bin sbin usr/bin usr/sbin boot dev etc proc sys tmp root var/crash var/lib mnt "lib/modules/$2"
            cp "$3" bin/busybox
            cp -r "$4" "lib/modules/$2/kernel"
            cp "$5" "boot/vmlinuz-$2"
            cp "$6" usr/bin/panicle
            """, Directory.CreateDirectory(root).FullName, files.Release, Busybox, files.ModulesDirectory, files.Image, program);
        Shell.Script("cd \"$1/bin\"; for name in $(./busybox --list); do [ -e $name ] || ln -s busybox $name; done", root);
        Put(root, "sbin/init", GuestFiles.ReadMachine("init"), executable: true);
        Put(root, "script", options.Script);
        foreach (var (path, text) in options.Files)
            Put(root, path, text);
        foreach (var (path, source) in options.Copies)
            Shell.Script("mkdir -p \"$(dirname \"$2\")\"; cp -a \"$1\" \"$2\"", source, Path.Combine(root, path.TrimStart('/')));
        Shell.Run("mke2fs", "-q", "-t", "ext4", "-F", "-d", root, RootDisk, $"{options.RootMegabytes}M");
        Directory.Delete(root, recursive: true);
        if (options.SecondDiskMegabytes > 0)
            using (var disk = File.Create(SecondDisk))
                disk.SetLength((long)options.SecondDiskMegabytes << 20);
        if (options.IsSecondDiskFormatted)
            Shell.Run("mke2fs", "-q", "-t", "ext4", "-F", SecondDisk);
    }

    private void WriteInitramfs(KernelFiles files)
    {
        using var stream = File.Create(_scratch.PathOf("initramfs"));
        using var archive = new CpioWriter(stream);
        foreach (var directory in new[] { "bin", "dev", "modules", "proc", "root", "sys" })
            archive.AddDirectory(directory);
        archive.AddDevice("dev/console", 5, 1);
        archive.AddFile("init", GuestFiles.ReadMachine("initramfs-init"), isExecutable: true);
        archive.AddFile("bin/busybox", File.ReadAllBytes(Busybox), isExecutable: true);
        var modules = files.ModulesNamed(DiskModules).ToList();
        foreach (var (name, path) in modules)
            archive.AddFile($"modules/{name}.ko", File.ReadAllBytes(path));
        archive.AddFile("modules/order", string.Concat(modules.Select(module => $"{module.Name}\n")));
    }

    private void Start(Kernel kernel, MachineOptions options)
    {
        var files = KernelFiles.Of(kernel);
        var reservation = options.Crashkernel is null ? "" : $" crashkernel={options.Crashkernel}";
        using var vlan = options.Vlan is { } number ? new VlanSwitch(number) : null;
        List<string> words =
        [
            "-accel", "tcg,thread=multi", "-cpu", kernel.Cpu, "-smp", $"{options.Cpus}", "-m", $"{options.MemoryMegabytes}M",
            "-nodefaults", "-display", "none", "-no-reboot", "-serial", $"file:{_scratch.PathOf("console")}",
            "-kernel", files.Image, "-initrd", _scratch.PathOf("initramfs"),
            "-append",
            $"console=ttyS0 ignore_loglevel tsc=reliable panic_on_oops=1 panic=5{reservation} {options.MoreCommandLine}",
            "-netdev", vlan?.Backend ?? "user,id=net", "-device", "virtio-net-pci,netdev=net,romfile=",
            "-drive", $"file={RootDisk},format=raw,if=virtio,cache=unsafe{Throttle(options.RootDiskSpeed)}",
        ];
        if (options.SecondDiskMegabytes > 0)
            words.AddRange("-drive", $"file={SecondDisk},format=raw,if=virtio,cache=unsafe");
        var start = new ProcessStartInfo(
            "qemu-system-x86_64", words)
        { RedirectStandardInput = true, RedirectStandardError = true };
        var clock = Stopwatch.StartNew();
        using var process = Process.Start(start) ?? throw new LabException("cannot start qemu-system-x86_64");
        var errors = process.StandardError.ReadToEndAsync();
        if (options.CutAt is { } text)
            WaitFor(text, process, options.Patience);
        else
            HasEnded = process.WaitForExit(options.Patience);
        if (!HasEnded)
            process.Kill();
        process.WaitForExit();
        Time = clock.Elapsed;
        Console = ReadConsole() + errors.Result;
    }

    private static string Throttle(int? megabytesPerSecond) =>
        megabytesPerSecond is { } speed ? $",throttling.bps-write={(long)speed << 20}" : "";

    private void WaitFor(string text, Process process, TimeSpan patience)
    {
        var clock = Stopwatch.StartNew();
        while (!HasEnded && clock.Elapsed < patience && !ReadConsole().Contains(text, StringComparison.Ordinal))
            HasEnded = process.WaitForExit(TimeSpan.FromMilliseconds(100));
    }

    private string ReadConsole()
    {
        var console = _scratch.PathOf("console");
        if (!File.Exists(console))
            return "";
        using var file = new FileStream(console, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(file, Encoding.UTF8);
        return reader.ReadToEnd();
    }

    private static string Busybox => ToolRoot.Open(Suite.Sid).PathOf("usr/bin/busybox");

    private static void Put(string root, string path, string text, bool executable = false)
    {
        var full = Path.Combine(root, path.TrimStart('/'));
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.WriteAllText(full, text);
        if (executable)
            File.SetUnixFileMode(full, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }
}
