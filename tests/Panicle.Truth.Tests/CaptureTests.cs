using System.Net;
using System.Text.RegularExpressions;
using Panicle.Kdump.Initramfs;
using Panicle.Kdump.Targets;
using Panicle.Kernel;
using Panicle.Lab;

namespace Panicle.Truth.Tests;

/// <summary>Machines that Panicle itself set up crash, and their dumps arrive: everything for real but the hardware.</summary>
public sealed class CaptureTests : IDisposable
{
    private const string Crash = """
        panicle kdump load || exit 1
        echo c >/proc/sysrq-trigger
        """;

    // Each target and each fault once; some of them with every kernel where all cells are wanted.
    public static TheoryData<string> LocalKernels => KernelsOf("7.2-cloud", "6.1-cloud", "6.12-cloud");

    public static TheoryData<string> NfsKernels => KernelsOf("6.12-cloud", "6.1-cloud", "7.2-cloud");

    public static TheoryData<string> SegmentKernels => KernelsOf("6.1-cloud", "7.2-cloud");

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("panicle-capture");

    public void Dispose() => _folder.Delete(recursive: true);

    private static TheoryData<string> KernelsOf(string usual, params string[] others) =>
        Matrix.IsFull ? [usual, .. others] : [usual];

    [Theory]
    [MemberData(nameof(LocalKernels))]
    public void A_crash_is_captured_to_a_local_file_system_with_128_MB_reserved(string kernel)
    {
        using var machine = Run(kernel, new MachineOptions(Crash) { Crashkernel = "128M" }, "");
        Machine.CopyOut(machine.RootDisk, "/var/crash", _folder.FullName);
        CheckCrash(machine);
        AssertSaid(machine, "final action: reboot");
        Assert.True(machine.HasEnded, End(machine));
    }

    /// <summary>
    /// <c>/var</c> leads to another file system, and <c>/init</c> isn't linked statically: what it opens while it runs must be
    /// there.
    /// </summary>
    [Fact]
    public void A_crash_is_captured_behind_a_link_by_a_panicle_with_libraries()
    {
        const string Program = "/usr/lib/panicle/with-libraries";
        var libraries = ProgramFiles.Of(Kdump.SystemRoot.Live, StaticPanicle.Native, ("libzstd.so.1", "zstd")).Skip(1);
        using var machine = Run("6.1-cloud", new MachineOptions($"""
            mkdir /data && mount -t ext4 /dev/vdb /data && mkdir -p /data/var/lib && rm -r /var && ln -s data/var /var
            panicle kdump initramfs --program {Program} || exit 1
            panicle kdump load && panicle kdump status
            echo c >/proc/sysrq-trigger
            """)
        {
            SecondDiskMegabytes = 256,
            IsSecondDiskFormatted = true,
            Copies = libraries.ToDictionary(file => file.Path, file => Kdump.SystemRoot.Live.Resolve(file.Path))
                .Append(KeyValuePair.Create(Program, StaticPanicle.Native)).ToDictionary(),
        }, "");
        AssertSaid(machine, "a page was saved with zstd and read back, before it was loaded");
        Machine.CopyOut(machine.SecondDisk, "/var/crash", _folder.FullName);
        CheckCrash(machine);
    }

    /// <summary>The disk is given by a link of udev's, which the capture kernel hasn't got.</summary>
    [Fact]
    public void A_crash_is_captured_to_a_raw_disk()
    {
        using var machine = Run("6.1-cloud", $"""
            mkdir -p /dev/disk/by-id && ln -s ../../vdb /dev/disk/by-id/virtio-lab
            {Crash}
            """, "target = raw:/dev/disk/by-id/virtio-lab\n", 256);
        AssertSaid(machine, "target raw:SLOT=");
        using var disk = File.OpenRead(machine.SecondDisk);
        var header = new byte[RawLayout.BlockSize];
        disk.ReadExactly(header);
        var files = RawLayout.Read(header, disk.Length);
        Assert.Equal(["dmesg", "report", "dump", "capture"], files.Select(file => file.Name.Split('.')[0]));
        Assert.All(files, file => Assert.True(file.IsComplete));
        Assert.Equal(0, Panicle.Cli.Invocation.Run(["save", "--from-raw", machine.SecondDisk, _folder.FullName]));
        CheckCrash(machine);
    }

    [Fact]
    public void A_crash_is_captured_to_an_HTTP_server()
    {
        using var server = new HttpServer(_folder.FullName);
        using var machine = Run(
            "6.1-cloud", Crash, $"target = http://10.0.2.2:{server.Port}/crashes\nbond = active-backup\nnetwork = dhcp\n");
        AssertSaid(machine, "bond0 is 10.0.2.15/24 via 10.0.2.2");
        CheckCrash(machine);
    }

    /// <summary>The machine has an address of its own behind a bridge, as hosts of virtual machines do.</summary>
    [Fact]
    public void A_crash_is_captured_to_a_server_by_IPv6()
    {
        using var server = new HttpServer(_folder.FullName, IPAddress.IPv6Loopback);
        using var machine = Run("6.12-cloud", new MachineOptions($"""
            for module in llc stp bridge ipv6; do insmod /lib/modules/$(uname -r)/kernel/$module.ko 2>/dev/null; done
            brctl addbr br0 && brctl addif br0 eth0 && ifconfig eth0 0.0.0.0
            echo 0 >/proc/sys/net/ipv6/conf/br0/accept_dad && ip link set br0 up
            ip addr add fec0::77/64 dev br0 && ip route add default via fec0::2
            {Crash}
            """) { Cpus = 1 }, $"target = http://[fec0::2]:{server.Port}/crashes\n");
        AssertSaid(machine, "eth0 is fec0::77/64");
        CheckCrash(machine);
    }

    /// <summary>
    /// As S3 does, the server takes nothing in chunks; its certificate is for its name; and it lies in a VLAN, which the machine
    /// has on a bond.
    /// </summary>
    [Fact]
    public void A_crash_is_captured_to_a_signed_address_on_an_HTTPS_server()
    {
        using var certificate = HttpServer.MakeCertificate("store.example");
        using var server = new HttpServer(_folder.FullName) { Certificate = certificate, NeedsLength = true };
        using var machine = Run("6.12-cloud", new MachineOptions($"""
            cd "/lib/modules/$(uname -r)/kernel"
            for module in tls bonding llc stp mrp garp 8021q; do insmod $module.ko 2>/dev/null; done
            ifconfig eth0 0.0.0.0 && ifconfig eth0 down
            echo active-backup >/sys/class/net/bond0/bonding/mode && echo +eth0 >/sys/class/net/bond0/bonding/slaves
            ip link set bond0 up && vconfig add bond0 42
            ifconfig bond0.42 10.0.2.15 netmask 255.255.255.0 up && route add default gw 10.0.2.2
            {Crash}
            """)
        {
            Vlan = 42,
            Copies = GuestProgram.Curl(),
            Files = new Dictionary<string, string>
            {
                ["/etc/ssl/certs/ca-certificates.crt"] = certificate.ExportCertificatePem(),
                ["/etc/hosts"] = "10.0.2.2 store.example\n"
            },
        }, $"target = https://store.example:{server.Port}/bucket/vmcore?X-Amz-Signature=worth-a-password\n"
            + "retries = 1\n");
        AssertSaid(machine, "bond0.42 is 10.0.2.15/24");
        Assert.DoesNotContain("worth-a-password",
            machine.Console[machine.Console.IndexOf("panicle: [", StringComparison.Ordinal)..], StringComparison.Ordinal);
        CheckDump(Path.Combine(_folder.FullName, "bucket", "vmcore"));
    }

    [Fact]
    public void A_crash_is_captured_to_an_FTP_server()
    {
        using var server = new FtpServer(_folder.FullName);
        using var machine = Run("6.12-cloud", Crash,
            $"target = ftp://{FtpServer.User}:{FtpServer.Password}@10.0.2.2:{server.Port}/deep/crashes\nlayout = rhel\n");
        CheckCrash(machine);
        Assert.Single(Directory.GetDirectories(Path.Combine(_folder.FullName, "deep", "crashes"), "10.0.2.15-*"));
    }

    [Fact]
    public void A_crash_is_captured_to_an_SSH_server()
    {
        using var server = new SshServer();
        using var machine = Run("7.2-cloud", new MachineOptions(Crash)
        {
            Copies = new Dictionary<string, string>(server.Client) { ["/root/.ssh/id_ed25519"] = server.ClientKey },
            Files = new Dictionary<string, string>
            {
                ["/root/.ssh/known_hosts"] = server.KnownHosts,
                ["/etc/passwd"] = "root:x:0:0:root:/root:/bin/sh\n",
            },
        }, $"target = ssh://root@10.0.2.2:{server.Port}{server.PathThere}/crashes\n");
        CopyTree(server.Directory, _folder.FullName);
        CheckCrash(machine);
    }

    [Theory]
    [MemberData(nameof(NfsKernels))]
    public void A_crash_is_captured_to_an_NFS_server(string kernel)
    {
        using var server = new NfsServer();
        using var machine = Run(kernel, Crash, $"target = nfs://10.0.2.2:{server.Port}{NfsServer.Export}\n");
        CopyTree(server.Directory, _folder.FullName);
        CheckCrash(machine);
    }

    [Fact]
    public void A_target_that_is_full_keeps_the_log_and_the_report_and_the_machine_restarts()
    {
        using var machine = Run("6.1-cloud", new MachineOptions(Crash) { SecondDiskMegabytes = 12, IsSecondDiskFormatted = true },
            "target = /dev/vdb:/crash\nretries = 1\n");
        Machine.CopyOut(machine.SecondDisk, "/crash", _folder.FullName);
        Assert.True(machine.HasEnded, End(machine));
        AssertSaid(machine, "final action: reboot");
        AssertSaid(machine, "No space left on device");
        Assert.Contains("sysrq triggered crash", File.ReadAllText(Arrived(machine, "dmesg.")), StringComparison.Ordinal);
        Assert.Contains("sysrq_handle_crash", File.ReadAllText(Arrived(machine, "report.")), StringComparison.Ordinal);
        using var kernel = KernelDump.Open([Arrived(machine, "dump.")]);
        Assert.True(kernel.Dump.Header.IsIncomplete);
    }

    [Fact]
    public void A_server_that_cuts_the_connection_is_tried_again_and_then_the_fallback_takes_the_crash()
    {
        using var server = new HttpServer(_folder.CreateSubdirectory("server").FullName) { CutAfter = 1 << 20 };
        using var machine = Run(
            "6.1-cloud", Crash, $"target = http://10.0.2.2:{server.Port}/\nfallback = /var/crash\nretries = 2\ntimeout = 10\n");
        Assert.True(machine.HasEnded, End(machine));
        Machine.CopyOut(machine.RootDisk, "/var/crash", _folder.CreateSubdirectory("disk").FullName);
        AssertSaid(machine, "attempt 2 of 2");
        Assert.NotEmpty(Directory.GetFiles(Path.Combine(_folder.FullName, "server"), "dmesg.*", SearchOption.AllDirectories));
        Directory.Delete(Path.Combine(_folder.FullName, "server"), recursive: true);
        CheckCrash(machine);
    }

    [Fact]
    public void A_server_that_stops_reading_is_given_up_and_the_machine_restarts()
    {
        using var server = new HttpServer(_folder.FullName) { StallAfter = 1 << 20 };
        using var machine = Run("6.12-cloud", Crash, $"target = http://10.0.2.2:{server.Port}/\nretries = 1\ntimeout = 5\n");
        Assert.True(machine.HasEnded, End(machine));
        AssertSaid(machine, "final action: reboot");
        Assert.Contains("sysrq triggered crash", File.ReadAllText(Arrived(machine, "dmesg.")), StringComparison.Ordinal);
    }

    [Fact]
    public void A_server_that_is_not_there_does_not_keep_the_machine_from_restarting()
    {
        using var machine = Run("7.2-cloud", Crash, "target = ftp://10.0.2.2:9/\nretries = 2\ntimeout = 5\n");
        Assert.True(machine.HasEnded, End(machine));
        AssertSaid(machine, "final action: reboot");
    }

    [Fact]
    public void Status_tells_a_machine_that_captures_from_one_that_does_not()
    {
        using var machine = Run("6.1-cloud", """
            panicle kdump status; echo "LAB before $?"
            panicle kdump load
            panicle kdump status; echo "LAB loaded $?"
            panicle kdump unload
            panicle kdump status >/dev/null; echo "LAB unloaded $?"
            """, "");
        AssertSaid(machine, "LAB before 1");
        AssertSaid(machine, "LAB loaded 0");
        AssertSaid(machine, "LAB unloaded 1");
    }

    /// <summary>A machine reserves what it was told to, whatever that is, and its next crash arrives.</summary>
    [Fact]
    public void The_estimate_is_enough()
    {
        using var server = new HttpServer(_folder.FullName);
        var configuration = $"target = http://10.0.2.2:{server.Port}/\nnetwork = 10.0.2.77/24 via 10.0.2.2\n";
        var options = new MachineOptions($"""
            if [ ! -e /estimated ]; then
                touch /estimated
                exec panicle kdump estimate
            fi
            {Crash}
            """) { Crashkernel = null };
        using var first = Run("6.1-cloud", options, configuration);
        var reservation = Regex.Match(first.Console, @"A tenth more than needed, rounded up: crashkernel=(\d+M)").Groups[1].Value;
        Assert.True(reservation.Length > 0, $"it estimated nothing:\n{End(first)}");
        using var second = Run("6.1-cloud", options with { Crashkernel = reservation, Disk = first.RootDisk }, configuration);
        AssertSaid(second, "eth0 is 10.0.2.77/24 via 10.0.2.2");
        CheckCrash(second);
    }

    [Fact]
    public void Too_little_memory_is_told_before_and_the_machine_restarts()
    {
        using var machine = Run("6.1-cloud",
            new MachineOptions($"panicle kdump load; panicle kdump status\n{Crash}") { Crashkernel = "94M" }, "level = 1\n");
        AssertSaid(machine, "it may run out of memory");
        Assert.True(machine.HasEnded, End(machine));
        Machine.CopyOut(machine.RootDisk, "/var/crash", _folder.FullName);
        if (machine.Console.Contains("the log is in", StringComparison.Ordinal))
            Assert.Contains("sysrq triggered crash", File.ReadAllText(Arrived(machine, "dmesg.")), StringComparison.Ordinal);
        if (machine.Console.Contains("the report is in", StringComparison.Ordinal))
            Assert.Contains("sysrq_handle_crash", File.ReadAllText(Arrived(machine, "report.")), StringComparison.Ordinal);
    }

    /// <summary>
    /// The power goes in the middle; the next boot finds the log, the report, and a dump that opens and can be saved anew.
    /// </summary>
    [Fact]
    public void A_power_cut_leaves_a_dump_that_opens()
    {
        var options = new MachineOptions($"""
            if [ ! -e /begun ]; then
                touch /begun
                {Crash.ReplaceLineEndings("\n    ")}
            fi
            panicle list
            panicle save /var/crash/*/dump.*-incomplete /var/crash/salvaged; echo "LAB salvaged $?"
            """);
        using var first = Run(
            "6.1-cloud", options with { CutAt = "s left\r\npanicle: [", RootDiskSpeed = 10 }, "level = 15\ncompress = none\n");
        Assert.False(first.HasEnded);
        using var second = Run("6.1-cloud", options with { Disk = first.RootDisk }, "");
        AssertSaid(second, "(incomplete) Kernel panic - not syncing: sysrq triggered crash");
        AssertSaid(second, "LAB salvaged 0");
        Machine.CopyOut(second.RootDisk, "/var/crash", _folder.FullName);
        Assert.Contains("sysrq triggered crash", File.ReadAllText(Arrived(second, "dmesg.")), StringComparison.Ordinal);
        Assert.Contains("sysrq_handle_crash", File.ReadAllText(Arrived(second, "report.")), StringComparison.Ordinal);
        using var dump = Panicle.Dumps.DumpReader.Open(Arrived(second, "dump."));
        Assert.True(dump.Header.IsIncomplete);
        Assert.Equal("panicle-lab", dump.Header.Utsname!.Node);
        using var salvaged = Panicle.Dumps.DumpReader.Open(
            Directory.GetFiles(_folder.FullName, "salvaged", SearchOption.AllDirectories).Single());
        // The pages that the machine never came to are listed, as missing.
        Assert.InRange(PagesIn(salvaged), (1 << 20) / 4096, (500 << 20) / 4096);
    }

    /// <summary>
    /// Memory that the capture kernel takes for its own can't be read through <c>/proc/vmcore</c>: as if it were broken.
    /// </summary>
    [Fact]
    public void Pages_that_cannot_be_read_are_left_out_and_told()
    {
        using var machine = Run(
            "6.1-cloud", new MachineOptions(Crash) { MoreCommandLine = "nokaslr" }, "cmdline-append = memmap=160M@0x4000000\n");
        AssertSaid(machine, "pages could not be read and are missing from the dump; the first one: 0x");
        AssertSaid(machine, "final action: reboot");
        Machine.CopyOut(machine.RootDisk, "/var/crash", _folder.FullName);
        Assert.Contains("sysrq triggered crash", File.ReadAllText(Arrived(machine, "dmesg.")), StringComparison.Ordinal);
        using var kernel = KernelDump.Open([Arrived(machine, "dump.")]);
        Assert.True(kernel.Dump.Header.IsIncomplete);
        Assert.Contains(kernel.Log.Records, record => record.Text.Contains("sysrq triggered crash", StringComparison.Ordinal));
    }

    [Fact]
    public void A_module_that_is_missing_costs_its_target_alone()
    {
        using var server = new HttpServer(_folder.FullName);
        using var machine = Run("6.1-cloud", $"rm /lib/modules/$(uname -r)/kernel/virtio_blk.ko\n{Crash}",
            $"fallback = http://10.0.2.2:{server.Port}/\nretries = 2\ntimeout = 5\n");
        AssertSaid(machine, "! there is no module virtio_blk (for /dev/vda)");
        AssertSaid(machine, "there is no device UUID=");
        CheckCrash(machine);
    }

    [Fact]
    public void Secrets_are_overwritten_and_old_dumps_make_room()
    {
        using var machine = Run("6.12-cloud", new MachineOptions("""
            for day in 20240101 20250101 20260801 20260901 20261001 20261101; do
                mkdir -p /var/crash/${day}0000
                dmesg >/var/crash/${day}0000/dmesg.${day}0000
                echo "panicle: [   0.04] capture of $(hostname)" >/var/crash/${day}0000/capture.${day}0000
            done
            echo "panicle: [   0.04] capture of elsewhere" >/var/crash/202501010000/capture.202501010000
            dd if=/dev/zero of=/var/crash/202608010000/dump.202608010000 bs=1M count=300
            panicle kdump load || exit 1
            witness /dev/null pages sysrq=c
            """)
        {
            Copies = new Dictionary<string, string> { ["/usr/bin/witness"] = GuestProgram.Witness },
        }, "scrub = yes\ncompress = none\nkeep = 3\nkeep-days = 500\nkeep-free = 70\n");
        Machine.CopyOut(machine.RootDisk, "/var/crash", _folder.FullName);
        AssertSaid(machine, "202401010000 is removed"); // too old
        AssertSaid(machine, "202608010000 is removed"); // too large
        AssertSaid(machine, "202609010000 is removed"); // one too many
        AssertSaid(machine, "202501010000 is kept: it is of another machine, elsewhere");
        Assert.Equal(4, Directory.GetDirectories(Path.Combine(_folder.FullName, "crash")).Length); // with that one
        var dump = Directory.GetFiles(_folder.FullName, "dump.*", SearchOption.AllDirectories).Single();
        CheckDump(dump);
        var bytes = File.ReadAllBytes(dump);
        Assert.True(bytes.AsSpan().IndexOf("witness"u8) > 0);
        Assert.True(bytes.AsSpan().IndexOf("PANICLE-SECRET in a"u8) < 0 && bytes.AsSpan().IndexOf("PANICLE-SECRET of a"u8) < 0);
    }

    [Theory]
    [MemberData(nameof(SegmentKernels))]
    public void A_kernel_that_was_loaded_by_kexec_load_captures_too(string kernel)
    {
        using var machine = Run(kernel, """
            panicle kdump initramfs && panicle kdump load --segments --no-build || exit 1
            taskset -c 0 sh -c "echo c >/proc/sysrq-trigger"
            """, "cpus = 2\n"); // on the first CPU: 7.2 leaves it off where a capture kernel starts on another
        AssertSaid(machine, ", 2 CPUs, ");
        Machine.CopyOut(machine.RootDisk, "/var/crash", _folder.FullName);
        CheckCrash(machine);
    }

    [Fact]
    public void A_test_is_proven_after_the_reboot()
    {
        var options = new MachineOptions("""
            if [ -e /begun ]; then
                panicle kdump test --verify; echo "LAB verified $?"
                panicle kdump status
                panicle list
            else
                touch /begun
                panicle kdump test --yes
            fi
            """);
        using var first = Run("6.1-cloud", options, "");
        AssertSaid(first, "final action: reboot");
        using var second = Run("6.1-cloud", options with { Disk = first.RootDisk }, "");
        AssertSaid(second, "the dump of the test arrived: /var/crash/");
        AssertSaid(second, "LAB verified 0");
        Assert.Matches("last proof +20", second.Console);
        AssertSaid(second, "1 in /var/crash");
    }

    private static void CopyTree(string from, string to)
    {
        foreach (var file in Directory.GetFiles(from, "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
    }

    private static Machine Run(string kernel, string script, string configuration, int secondDisk = 0) =>
        Run(kernel, new MachineOptions(script) { SecondDiskMegabytes = secondDisk }, configuration);

    private static Machine Run(string kernel, MachineOptions options, string configuration) =>
        Machine.Run(Array.Find(Lab.Kernel.All, known => known.Name == kernel)!, StaticPanicle.Path, options with
        {
            Files = new Dictionary<string, string>(options.Files) { ["/etc/panicle.conf"] = configuration },
        });

    private static int PagesIn(Panicle.Dumps.DumpFile dump)
    {
        var pages = 0;
        foreach (var range in dump.PresentRanges())
            for (var at = range.Start; at < range.End; at += 4096)
                pages += dump.StateOf(at) == Panicle.Dumps.PageState.Present ? 1 : 0;
        return pages;
    }

    private static void AssertSaid(Machine machine, string text) =>
        Assert.True(machine.Console.Contains(text, StringComparison.Ordinal), $"it never said “{text}”:\n{End(machine)}");

    private static string End(Machine machine) => machine.Console[^Math.Min(machine.Console.Length, 6000)..];

    private string Arrived(Machine machine, string prefix)
    {
        var found = Directory.GetFiles(_folder.FullName, "*", SearchOption.AllDirectories)
            .Where(path => Path.GetFileName(path).StartsWith(prefix, StringComparison.Ordinal)).ToList();
        Assert.True(found.Count == 1, $"there are {found.Count} {prefix}:\n{End(machine)}");
        return found[0];
    }

    private void CheckCrash(Machine machine)
    {
        var isRhel = Directory.GetFiles(_folder.FullName, "vmcore*", SearchOption.AllDirectories).Length > 0;
        var log = File.ReadAllText(Arrived(machine, isRhel ? "vmcore-dmesg.txt" : "dmesg."));
        Assert.Contains("sysrq triggered crash", log, StringComparison.Ordinal);
        Assert.Contains("sysrq_handle_crash", File.ReadAllText(Arrived(machine, isRhel ? "vmcore-report.txt" : "report.")),
            StringComparison.Ordinal);
        var dump = isRhel
            ? Path.Combine(Path.GetDirectoryName(Arrived(machine, "vmcore-dmesg.txt"))!, "vmcore")
            : Arrived(machine, "dump.");
        Assert.False(dump.EndsWith("-incomplete", StringComparison.Ordinal), $"{dump}\n{End(machine)}");
        CheckDump(dump);
    }

    private static void CheckDump(string dump)
    {
        using var kernel = KernelDump.Open([dump]);
        Assert.False(kernel.Dump.Header.IsIncomplete);
        Assert.Contains("sysrq triggered crash", kernel.Log.Records.Select(record => record.Text).Last(text =>
            text.Contains("not syncing", StringComparison.Ordinal)), StringComparison.Ordinal);
        Assert.Contains(kernel.Tasks.All, task => task.Pid == 1);
        Assert.Equal("panicle-lab", kernel.System.Utsname.Node);
    }
}
