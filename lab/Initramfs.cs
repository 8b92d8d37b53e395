using Panicle.Formats.Archives;

namespace Panicle.Lab;

/// <summary>The initial file systems that the guests run from; there is no other.</summary>
internal static class Initramfs
{
    /// <summary>
    /// What a capture kernel writes a dump to a disk with, and what both kernels use disks with, in loading order.
    /// </summary>
    private static readonly string[] DiskModules =
    [
        "virtio_ring", "virtio", "virtio_pci_modern_dev", "virtio_pci_legacy_dev", "virtio_pci", "virtio_blk",
    ];

    private static readonly string[] CrashingModules =
    [
        .. DiskModules, "crc16", "crc32c_generic", "libcrc32c", "mbcache", "jbd2", "ext4", "loop", "qemu_fw_cfg",
    ];

    private static readonly string[] ChannelModules =
    [
        .. DiskModules, "failover", "net_failover", "virtio_net", "configfs", "reed_solomon", "netconsole", "ramoops",
    ];

    private static readonly string[] Directories =
        ["bin", "boot", "dev", "mnt", "modules", "proc", "sys", "tmp", "tools"];

    /// <summary>Writes the initramfs of a guest that will crash; it holds the capture kernel and that one's initramfs.</summary>
    public static void Write(string path, KernelFiles kernel, GuestOptions options)
    {
        using var stream = File.Create(path);
        using var archive = new CpioWriter(stream);
        AddBase(archive, kernel, [.. CrashingModules, .. options.MoreModules], GuestFiles.Read("init"));
        if (options.Preparation is { } script)
            archive.AddFile(GuestOptions.PreparationFile, GuestFiles.ReadScenario(script), isExecutable: true);
        if (options.OwnModule is { } module)
            archive.AddFile($"modules/{module}.ko", File.ReadAllBytes(kernel.ScenarioModule(module)));
        foreach (var program in GuestFiles.Programs)
            archive.AddFile($"bin/{program}", File.ReadAllBytes(GuestPrograms.PathOf(program)), isExecutable: true);
        archive.AddFile("modules/crashme.ko", File.ReadAllBytes(kernel.CrashModule()));
        archive.AddFile("boot/vmlinuz", File.ReadAllBytes(kernel.Image));
        archive.AddFile("boot/capture.cpio", CaptureImage(kernel, options.Capture));
        archive.AddFile("boot/capture.cmdline", options.CaptureCommandLine);
    }

    /// <summary>Writes the initramfs of a guest whose crash is told by the network and by memory that is kept.</summary>
    public static void WriteChannels(string path, KernelFiles kernel)
    {
        using var stream = File.Create(path);
        using var archive = new CpioWriter(stream);
        AddBase(archive, kernel, ChannelModules, GuestFiles.ReadChannels("init"));
        archive.AddFile("bin/witness", File.ReadAllBytes(GuestPrograms.PathOf("witness")), isExecutable: true);
        archive.AddFile("modules/crashme.ko", File.ReadAllBytes(kernel.CrashModule()));
    }

    private static byte[] CaptureImage(KernelFiles kernel, CaptureKind kind)
    {
        using var stream = new MemoryStream();
        using (var archive = new CpioWriter(stream))
        {
            AddBase(archive, kernel, kind == CaptureKind.Header ? [] : DiskModules, GuestFiles.Read("init"));
            if (kind == CaptureKind.GuestFilter)
                AddMakedumpfile(archive);
        }
        return stream.ToArray();
    }

    private static void AddBase(CpioWriter archive, KernelFiles kernel, string[] modules, string init)
    {
        foreach (var directory in Directories)
            archive.AddDirectory(directory);
        archive.AddDevice("dev/console", 5, 1);
        archive.AddFile("init", init, isExecutable: true);
        archive.AddFile("bin/busybox", File.ReadAllBytes(ToolRoot.Open(Suite.Sid).PathOf("usr/bin/busybox")), isExecutable: true);
        var present = kernel.ModulesNamed(modules).ToList();
        foreach (var (name, path) in present)
            archive.AddFile($"modules/{name}.ko", File.ReadAllBytes(path));
        archive.AddFile("modules/order", string.Concat(present.Select(module => $"{module.Name}\n")));
    }

    private static void AddMakedumpfile(CpioWriter archive)
    {
        var tools = ToolRoot.Open(Suite.Sid);
        var command = tools.CommandFor("makedumpfile");
        archive.AddFile("tools/ld.so", File.ReadAllBytes(command[0]), isExecutable: true);
        archive.AddFile("tools/makedumpfile", File.ReadAllBytes(command[^1]), isExecutable: true);
        foreach (var line in Shell.Run(command[0], ["--library-path", command[2], "--list", command[^1]]).Split('\n'))
            if (line.Split(" => ") is [var name, var target] && target.Split(' ')[0] is var library && File.Exists(library))
                archive.AddFile($"tools/{name.Trim()}", File.ReadAllBytes(library), isExecutable: true);
    }
}
