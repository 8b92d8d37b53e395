using Panicle.Kdump.Configuration;
using Panicle.Kdump.Targets;

namespace Panicle.Kdump.Tests;

/// <summary>The files as the distributions' packages and manuals have them.</summary>
public sealed class ConfigurationTests : IDisposable
{
    private const string DebianFile = """
        # kdump-tools configuration
        # ---------------------------------------------------------------------------
        # USE_KDUMP - controls kdump will be configured
        USE_KDUMP=1
        KDUMP_KERNEL=/var/lib/kdump/vmlinuz
        KDUMP_INITRD=/var/lib/kdump/initrd.img
        KDUMP_COREDIR="/var/crash"
        #KDUMP_FAIL_CMD="reboot -f"
        MAKEDUMP_ARGS="-c -d 31"
        KDUMP_CMDLINE_APPEND="reset_devices systemd.unit=kdump-tools-dump.service nr_cpus=1"
        """;

    private readonly FixtureTree _tree = new();

    public void Dispose() => _tree.Dispose();

    private EffectiveConfiguration Read(string path, string content) =>
        EffectiveConfiguration.Read(_tree.With(path, content).Root);

    [Fact]
    public void Debians_own_file_is_read_with_the_lines_that_values_stand_in()
    {
        var configuration = Read("/etc/default/kdump-tools", DebianFile);
        Assert.Equal("/var/crash", configuration["target"]);
        Assert.Equal("/etc/default/kdump-tools:7", configuration.OriginOf("target").ToString());
        Assert.Equal("31", configuration["level"]);
        Assert.Equal("zlib", configuration["compress"]);
        Assert.Equal("/etc/default/kdump-tools:9", configuration.OriginOf("compress").ToString());
        Assert.Equal("debian", configuration["layout"]);
        Assert.Equal("reset_devices systemd.unit=kdump-tools-dump.service nr_cpus=1", configuration["cmdline-append"]);
        Assert.Empty(configuration.Files.Single().Remarks);
    }

    [Theory]
    [InlineData("NFS=\"10.0.0.1:/srv/crash\"", "nfs://10.0.0.1/srv/crash")]
    [InlineData("SSH=\"kdump@10.0.0.1\"", "ssh://kdump@10.0.0.1/var/crash")]
    [InlineData("FTP=\"10.0.0.1\"\nFTP_USER=\"me\"\nFTP_PASSWORD=\"a b\"\nFTP_PORT=2121\nFTP_DIR=\"up/load\"",
        "ftp://me:a%20b@10.0.0.1:2121/up/load")]
    [InlineData("KDUMP_COREDIR=/srv/${NOTHING}crash", "/srv/crash")]
    [InlineData("USE_KDUMP=1; KDUMP_COREDIR=/srv", "/srv")]
    [InlineData("SSH=\"kdump@host -p 2222\"", "ssh://kdump@host:2222/var/crash")]
    [InlineData("SSH=kdump@2001:db8::5", "ssh://kdump@[2001:db8::5]/var/crash")]
    [InlineData("NFS=[2001:db8::5]:/srv/crash", "nfs://[2001:db8::5]/srv/crash")]
    [InlineData("NFS=2001:db8::5:/srv/crash", "nfs://[2001:db8::5]/srv/crash")]
    public void Debians_targets_are_understood(string lines, string target) =>
        Assert.Equal(target, Read("/etc/default/kdump-tools", lines).Target.ToString());

    [Theory]
    [InlineData("path /var/crash\ncore_collector makedumpfile -l --message-level 7 -d 31\n", "/var/crash")]
    [InlineData("ext4 UUID=8c1a-22\npath /crash\n", "UUID=8c1a-22:/crash")]
    [InlineData("ext4 /dev/vg/lv_kdump\n", "/dev/vg/lv_kdump:/var/crash")]
    [InlineData("raw /dev/sda5 # the last one\n", "raw:/dev/sda5")]
    [InlineData("nfs my.server.com:/export/tmp\npath /\n", "nfs://my.server.com/export/tmp")]
    [InlineData("ssh user@my.server.com\nsshkey /root/.ssh/kdump_id_rsa\n", "ssh://user@my.server.com/var/crash")]
    [InlineData("ssh user@2001:db8::5\n", "ssh://user@[2001:db8::5]/var/crash")]
    [InlineData("ssh user@[2001:db8::5]\npath /crash\n", "ssh://user@[2001:db8::5]/crash")]
    [InlineData("xfs LABEL=\"my dumps\"\npath /\n", "LABEL=my dumps:/")]
    [InlineData("ext4 LABEL=\"dumps\"\ncore_collector /sbin/makedumpfile -l -d 17\n", "LABEL=dumps:/var/crash")]
    public void Red_Hats_targets_are_understood(string lines, string target)
    {
        var configuration = Read("/etc/kdump.conf", lines);
        Assert.Equal(target, configuration.Target.ToString());
        Assert.Equal("rhel", configuration["layout"]);
        Assert.Empty(configuration.Files.Single().Remarks);
    }

    [Fact]
    public void Red_Hats_failure_action_that_dumps_to_the_root_is_a_fallback()
    {
        var configuration = Read("/etc/kdump.conf", "ssh a@b\nfailure_action dump_to_rootfs\nfinal_action poweroff\n");
        Assert.Equal("/var/crash", configuration["fallback"]);
        Assert.Equal("poweroff", configuration["final-action"]);
    }

    [Theory]
    [InlineData("core_collector /usr/sbin/makedumpfile -c -d 1\n", "1", "zlib", "kdump")]
    [InlineData("core_collector cp --sparse=always\n", "0", "none", "elf")]
    [InlineData("core_collector scp\n", "0", "none", "elf")]
    public void Red_Hats_collectors_are_understood(string lines, string level, string compress, string format)
    {
        var configuration = Read("/etc/kdump.conf", lines);
        Assert.Equal((level, compress, format), (configuration["level"], configuration["compress"], configuration["format"]));
        Assert.Empty(configuration.Files.Single().Remarks);
    }

    [Fact]
    public void Red_Hats_fallback_goes_where_path_says() =>
        Assert.Equal("/crashes", Read("/etc/kdump.conf", "failure_action dump_to_rootfs\nssh a@b\npath /crashes\n")["fallback"]);

    [Theory]
    [InlineData("-1", "1")]
    [InlineData("0", "")]
    [InlineData("2", "3")]
    public void SUSEs_old_dumps_are_counted_without_the_new_one(string kept, string keep) =>
        Assert.Equal(keep, Read("/etc/sysconfig/kdump", $"KDUMP_KEEP_OLD_DUMPS=\"{kept}\"\n")["keep"]);

    [Fact]
    public void SUSEs_second_target_is_a_fallback_and_says_so()
    {
        var configuration = Read("/etc/sysconfig/kdump", "KDUMP_SAVEDIR=\"file:///a nfs://srv2/b ftp://c/d\"\n");
        Assert.Equal(("/a", "nfs://srv2/b"), (configuration.Target.ToString(), configuration.Fallback!.ToString()));
        Assert.Contains("ftp://c/d mean nothing", Assert.Single(configuration.Files.Single().Remarks).Message);
    }

    [Theory]
    [InlineData("/etc/default/kdump-tools", "KDUMP_COREDIR=/x/$(hostname)", "target")]
    [InlineData("/etc/default/kdump-tools", "SSH=a@b\nKDUMP_COREDIR=`pwd`", "target")]
    [InlineData("/etc/default/kdump-tools", "SSH=\"a@b -o Compression=yes\"", "target")]
    [InlineData("/etc/default/kdump-tools", "MAKEDUMP_ARGS=\"-d $(cat /level)\"", "level")]
    [InlineData("/etc/sysconfig/kdump", "KDUMP_SAVEDIR=/x/$(hostname)", "target")]
    [InlineData("/etc/kdump.conf", "core_collector /usr/local/bin/mine", "level")]
    [InlineData("/etc/kdump.conf", "dracut_args --mount \"10.0.0.1:/x /mnt nfs4 defaults\"\npath /\n", "target")]
    [InlineData("/etc/kdump.conf", "virtiofs myfs\n", "target")]
    [InlineData("/etc/kdump.conf", "path var/crash\n", "target")]
    [InlineData("/etc/default/kdump-tools", "NFS=server\n", "target")]
    [InlineData("/etc/default/kdump-tools", "KDUMP_COREDIR='/crash #1'\n", "target")]
    [InlineData("/etc/default/kdump-tools", "KDUMP_COREDIR=/crash\r\n", "target")]
    [InlineData("/etc/default/kdump-tools", "KDUMP_COREDIR=/crash/\uFFFD\n", "target")]
    [InlineData("/etc/default/kdump-tools", "KDUMP_COREDIR=\"/crash\n2\"\n", "target")]
    [InlineData("/etc/sysconfig/kdump", "KDUMP_SAVEDIR=cifs://srv/share\n", "target")]
    [InlineData("/etc/panicle.conf", "target = server/dir\n", "target")]
    public void What_nothing_tells_is_no_default(string path, string content, string key)
    {
        var configuration = Read(path, content);
        Assert.Equal(key, Assert.Single(configuration.Unknown).Key);
        Assert.NotEmpty(configuration.Files.Single().Remarks);
        Assert.Contains($"what {key} is", Assert.Throws<TargetException>(() => configuration[key]).Message);
    }

    [Theory]
    [InlineData("KDUMP_COMMANDLINE_REMOVE=\"hugepages quiet irqpoll\"", "cmdline-remove", "hugepages quiet irqpoll")]
    [InlineData("KDUMP_COMMANDLINE_APPEND=\"a\n  b\"", "cmdline-append", "a b")]
    [InlineData("A=x; KDUMP_COMMANDLINE_APPEND=\"$A\"; KDUMP_COMMANDLINE_APPEND+=\" y\"", "cmdline-append", "x y", 1)]
    [InlineData("KDUMP_CRASHKERNEL=auto", "crashkernel", "")]
    [InlineData("KDUMP_CRASHKERNEL=\"crashkernel=300M,high crashkernel=72M,low\"", "crashkernel",
        "crashkernel=300M,high crashkernel=72M,low")]
    [InlineData("KDUMP_NETCONFIG=eth1:dhcp", "interface", "eth1")]
    [InlineData("KDUMP_NETCONFIG=auto", "interface", "")]
    [InlineData("KDUMP_SSH_IDENTITY=id_kdump", "ssh-key", "/root/.ssh/id_kdump")]
    [InlineData("KDUMP_DUMPFORMAT=raw", "level", "0")]
    [InlineData("KDUMP_IMMEDIATE_REBOOT=0", "final-action", "halt")]
    [InlineData("KDUMP_SAVEDIR=scp://a@b/c", "target", "scp://a@b/c")]
    [InlineData("KDUMP_SAVEDIR=/a\nKDUMP_SAVEDIR=", "target", "/var/crash")]
    [InlineData("KDUMP_KERNELVER=''; KDUMP_IMG=vmlinuz; KEXEC_ARGS=-s; KDUMP_FREE_DISK_SIZE=64", "kernel", "")]
    public void SUSEs_and_Red_Hats_variables_are_understood(string text, string key, string value, int remarks = 0)
    {
        var configuration = Read("/etc/sysconfig/kdump", text + "\n");
        Assert.Equal(value, configuration[key]);
        Assert.Equal(remarks, configuration.Files.Single().Remarks.Count);
    }

    [Theory]
    [InlineData("/etc/default/kdump-tools", "FTP=h\nFTP_USER=u\nFTP_PASSWORD=hunter2\n")]
    [InlineData("/etc/default/kdump-tools", "FTP=h/$(x)\nFTP_USER=u\nFTP_PASSWORD=\"$(echo hunter2)\"\n")]
    [InlineData("/etc/default/kdump-tools", "FTP_PASSWORD = hunter2\n")]
    [InlineData("/etc/default/kdump-tools", "FTP=h\nFTP_USER=u\nFTP_PASSWORD=hunter2\nFTP_PORT=x\n")]
    [InlineData("/etc/sysconfig/kdump", "KDUMP_SAVEDIR='ftp://u:hunter2@h/x ftp://u:hunter2@i/x sftp://u:hunter2@j/'\n")]
    [InlineData("/etc/sysconfig/kdump", "KDUMP_SAVEDIR='cifs://u:hunter2@h/x'\nKDUMP_SMTP_PASSWORD=hunter2\n")]
    [InlineData("/etc/panicle.conf", "target = ftp://u:hunter2@h:99999/x\n")]
    [InlineData("/etc/panicle.conf", "target = ftp://u:hunter2/9@h/x\n")]
    [InlineData("/etc/panicle.conf", "target = ftp://u:hunter2@h/x\nfallback = ftp://u:hunter2@h/x\n")]
    [InlineData("/etc/panicle.conf", "ftp://u:hunter2@h/x\n")]
    public void Passwords_are_told_by_nothing(string path, string content)
    {
        var configuration = Read(path, content);
        var told = string.Join('\n', [
            .. configuration.Files.SelectMany(file => file.Remarks).Concat(configuration.Contradictions())
                .Concat(configuration.OutOfReach(_tree.Root)).Select(remark => remark.Message),
            .. configuration.Settings.Select(setting => $"{setting.Shown} {setting.WhyUnknown}"), configuration.WriteShown(),
        ]);
        Assert.DoesNotContain("hunter2", told, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_can_not_be_read_says_anything_and_not_nothing()
    {
        Directory.CreateDirectory(_tree.Root.PathOf("/etc/panicle.conf"));
        AssertUnknown("is a directory");
        Directory.Delete(_tree.Root.PathOf("/etc/panicle.conf"));
        File.CreateSymbolicLink(_tree.Root.PathOf("/etc/panicle.conf"), "/nosuch/file");
        AssertUnknown("isn't there");
        File.Delete(_tree.Root.PathOf("/etc/panicle.conf"));
        using (var made = System.Diagnostics.Process.Start("mkfifo", _tree.Root.PathOf("/etc/panicle.conf")))
            made.WaitForExit();
        AssertUnknown("is no file");
    }

    [Theory]
    [InlineData("/data/tools", "/etc/default/kdump-tools")]
    [InlineData("../../data/tools", "/etc/default/kdump-tools")]
    [InlineData("/../data/./tools", "/etc/default/kdump-tools")]
    [InlineData("/data", "/etc/default", "/data/kdump-tools")]
    public void A_link_in_a_tree_leads_within_the_tree(string target, string link, string file = "/data/tools")
    {
        _tree.With(file, "KDUMP_COREDIR=/inside\n");
        Directory.CreateDirectory(Path.GetDirectoryName(_tree.Root.PathOf(link))!);
        File.CreateSymbolicLink(_tree.Root.PathOf(link), target);
        Assert.Equal("/inside", EffectiveConfiguration.Read(_tree.Root)["target"]);
    }

    [Fact]
    public void A_link_to_itself_leads_nowhere()
    {
        Directory.CreateDirectory(_tree.Root.PathOf("/etc"));
        File.CreateSymbolicLink(_tree.Root.PathOf("/etc/panicle.conf"), "panicle.conf");
        AssertUnknown("can't be read");
    }

    private void AssertUnknown(string why)
    {
        var configuration = EffectiveConfiguration.Read(_tree.Root);
        Assert.Contains(why, Assert.Single(configuration.Files.Single().Remarks).Message, StringComparison.Ordinal);
        Assert.Contains(configuration.Unknown, setting => setting.Key == "target");
    }

    [Theory]
    [InlineData("/etc/default/kdump-tools", "KDUMP_KERNEL=/nosuch\n", "kernel: /nosuch isn't there")]
    [InlineData("/etc/default/kdump-tools", "SSH=a@b\nSSH_KEY=/nosuch\n", "ssh-key: /nosuch isn't there")]
    [InlineData("/etc/kdump.conf", "raw /dev/nosuch\n", "there is no device /dev/nosuch")]
    [InlineData("/etc/default/kdump-tools", "NFS=[fe80::1%eth0]:/x\n",
        "fe80::1%eth0 is known on one link only, and the interface that leads there may have another name in the capture kernel: "
        + "give the server's name or another of its addresses")]
    [InlineData("/etc/default/kdump-tools", "SSH=a@b\n", "there is no key for ssh in /root/.ssh: make one (ssh-keygen -t ed25519 "
        + "-N '' -f /root/.ssh/kdump), let the server accept it, and set ssh-key to it")]
    [InlineData("/etc/panicle.conf", "target = https://h/x\n", "https://h/x needs /usr/bin/curl, which isn't installed")]
    public void What_is_not_there_is_told(string path, string content, string message) =>
        Assert.Contains(Read(path, content).OutOfReach(_tree.Root), remark => remark.Message == message);

    [Theory]
    [InlineData("/etc/default/kdump-tools", "MAKEDUMP_ARGS=\"-c -d\"\n",
        "MAKEDUMP_ARGS: -d without a level means nothing to Panicle")]
    [InlineData("/etc/default/kdump-tools", "USE_KDUMP=yes\n", "USE_KDUMP=yes is neither 0 nor 1")]
    [InlineData("/etc/default/kdump-tools", "SSH=a@b:2222\n",
        "SSH=\"a@b:2222\": ssh takes all of it for a name; Panicle takes 2222 for the port")]
    [InlineData("/etc/kdump.conf", "ssh a@b:2222\n",
        "ssh a@b:2222: ssh takes all of it for a name; Panicle takes 2222 for the port")]
    [InlineData("/etc/kdump.conf", "path /crash\r\n", "target: the value holds a control character")]
    [InlineData("/etc/kdump.conf", "core_collector makedumpfile -d 31\r\n", "level: the value holds a control character")]
    [InlineData("/etc/kdump.conf", "ssh \"a@b\"\n", "target: 'ssh://\"a@b\"/var/crash': 'b\"' is no name or address of a server")]
    [InlineData("/etc/kdump.conf", "ssh -oProxyCommand=x\n",
        "target: 'ssh://-oProxyCommand=x/var/crash': '-oProxyCommand=x' is no name or address of a server")]
    public void What_its_owner_reads_otherwise_is_told(string path, string content, string message) =>
        Assert.Equal(message, Assert.Single(Read(path, content).Files.Single().Remarks).Message);

    [Fact]
    public void A_server_whose_key_is_not_known_is_told_when_the_configuration_is_checked()
    {
        _tree.With("/root/.ssh/kdump_id_rsa", "-----BEGIN RSA PRIVATE KEY-----\nMA==\n-----END RSA PRIVATE KEY-----\n");
        var configuration = Read("/etc/kdump.conf", "ssh a@[2001:db8::5]\n");
        Assert.StartsWith("the key of 2001:db8::5 isn't known in /root/.ssh/known_hosts",
            Assert.Single(configuration.OutOfReach(_tree.Root)).Message, StringComparison.Ordinal);
        _tree.With("/etc/ssh/ssh_known_hosts",
            "2001:db8::5 ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGJ1aWx0IGZvciBhIHRlc3QsIG9mIG5vYm9keSBhdCBhbGw=\n");
        Assert.Empty(configuration.OutOfReach(_tree.Root));
    }

    [Fact]
    public void SUSEs_file_is_understood()
    {
        var configuration = Read("/etc/sysconfig/kdump", """
            KDUMP_KERNELVER=""
            KDUMP_CPUS="2"
            KDUMP_COMMANDLINE=""
            KDUMP_IMMEDIATE_REBOOT="yes"
            KDUMP_SAVEDIR="ssh://root@10.1.1.1:2222/srv/dumps"
            KDUMP_KEEP_OLD_DUMPS="5"
            KDUMP_DUMPLEVEL="27"
            KDUMP_DUMPFORMAT="zstd"
            """);
        Assert.Equal("ssh://root@10.1.1.1:2222/srv/dumps", configuration.Target.ToString());
        // Five old ones stay beside the new one (kdump(5)).
        Assert.Equal(("6", "27", "zstd", "2", "reboot"), (configuration["keep"], configuration["level"],
            configuration["compress"], configuration["cpus"], configuration["final-action"]));
        Assert.Empty(configuration.Files.Single().Remarks);
    }

    [Theory]
    [InlineData("/etc/panicle.conf", "target = /a\ncompres = zstd\n", "/etc/panicle.conf:2", "did you mean compress?")]
    [InlineData("/etc/panicle.conf", "level = 32\n", "/etc/panicle.conf:1", "no number from 0 to 31")]
    [InlineData("/etc/panicle.conf", "compress = ztsd\n", "/etc/panicle.conf:1", "did you mean zstd?")]
    [InlineData("/etc/panicle.conf", "target = /a\n\n# one\ntarget = /b\n", "/etc/panicle.conf:4", "stands in line 1 already")]
    [InlineData("/etc/panicle.conf", "target = server/dir\n", "/etc/panicle.conf:1", "is no target")]
    [InlineData("/etc/panicle.conf", "network = 10.0.0.1/33\n", "/etc/panicle.conf:1", "neither dhcp nor ADDRESS")]
    [InlineData("/etc/panicle.conf", "crashkernel = 1G-2G\n", "/etc/panicle.conf:1", "'-2G' is left over")]
    [InlineData("/etc/default/kdump-tools", "USE_KDUMP=1\nKDUMP_CORDIR=/srv\n", "/etc/default/kdump-tools:2",
        "did you mean KDUMP_COREDIR?")]
    [InlineData("/etc/default/kdump-tools", "USE_KDUMP=0\n", "/etc/default/kdump-tools:1", "load no capture kernel")]
    [InlineData("/etc/default/kdump-tools", "NFS=a:/b\nSSH=c\n", "/etc/default/kdump-tools:2", "only NFS counts")]
    [InlineData("/etc/kdump.conf", "path /a\ncore_colector x\n", "/etc/kdump.conf:2", "did you mean core_collector?")]
    [InlineData("/etc/kdump.conf", "nfs a:/b\nssh c@d\n", "/etc/kdump.conf:2", "there is a target in line 1 already")]
    [InlineData("/etc/sysconfig/kdump", "KDUMP_DUMPLEVEL=1\nKDUMP_TRANSFER=/usr/bin/mine\n", "/etc/sysconfig/kdump:2",
        "KDUMP_TRANSFER=/usr/bin/mine means nothing")]
    [InlineData("/etc/sysconfig/kdump", "KDUMP_FREE_DISK_SIZE=2000\n", "/etc/sysconfig/kdump:1", "no such space free")]
    [InlineData("/etc/sysconfig/kdump", "KDUMP_CPUS=0\n", "/etc/sysconfig/kdump:1", "one CPU")]
    [InlineData("/etc/sysconfig/kdump", "KDUMP_IMMEDIATE_REBOOT=maybe\n", "/etc/sysconfig/kdump:1", "neither yes nor no")]
    [InlineData("/etc/sysconfig/kdump", "KDUMP_NETCONFIG=eth0:static\n", "/etc/sysconfig/kdump:1", "set interface and network")]
    [InlineData("/etc/kdump.conf", "path /a\npath /b\n", "/etc/kdump.conf:2", "path stands in line 1 already")]
    [InlineData("/etc/kdump.conf", "core_collector makedumpfile -d 64\n", "/etc/kdump.conf:1", "no number from 0 to 31")]
    [InlineData("/etc/kdump.conf", "core_collector makedumpfile -d x\n", "/etc/kdump.conf:1", "no number from 0 to 31")]
    [InlineData("/etc/kdump.conf", "core_collector makedumpfile --config /f -d 1\n", "/etc/kdump.conf:1",
        "--config means nothing")]
    [InlineData("/etc/default/kdump-tools", "KDUMP_FAIL_CMD=\"logger reboot failed\"\n", "/etc/default/kdump-tools:1",
        "Panicle knows reboot")]
    [InlineData("/etc/default/kdump-tools", "HOSTTAG=hostname\n", "/etc/default/kdump-tools:1", "without the host")]
    [InlineData("/etc/panicle.conf", "level =\n", "/etc/panicle.conf:1", "a value is expected")]
    [InlineData("/etc/sysconfig/kdump", "KDUMP_SAVDIR=/x\n", "/etc/sysconfig/kdump:1", "did you mean KDUMP_SAVEDIR?")]
    public void Mistakes_are_told_with_their_lines(string path, string content, string origin, string message)
    {
        var remark = Assert.Single(Read(path, content).Files.Single().Remarks);
        Assert.Equal(origin, remark.Origin.ToString());
        Assert.Contains(message, remark.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Panicles_own_file_alone_counts_where_there_is_one()
    {
        _tree.With("/etc/default/kdump-tools", DebianFile);
        var configuration = Read("/etc/panicle.conf", "target = raw:/dev/sdb # all of it\nlevel = 1\n");
        Assert.Equal("raw:/dev/sdb", configuration["target"]);
        Assert.Equal("1", configuration["level"]);
        Assert.Equal("zstd", configuration["compress"]);
    }

    [Theory]
    [InlineData("/etc/default/kdump-tools", DebianFile)]
    [InlineData("/etc/kdump.conf", "ssh a@b\nsshkey /k\ncore_collector makedumpfile -p -d 17,31\nfinal_action halt\n")]
    public void What_import_writes_means_the_same(string path, string content)
    {
        var theirs = Read(path, content);
        var ours = EffectiveConfiguration.Parse("/etc/panicle.conf", theirs.Write());
        Assert.Empty(ours.Files.Single().Remarks);
        Assert.Equal(theirs.Settings.Select(setting => (setting.Key, setting.Value)),
            ours.Settings.Select(setting => (setting.Key, setting.Value)));
    }

    [Theory]
    [InlineData("fallback = /var/crash\n", "fallback is the target itself")]
    [InlineData("target = raw:/dev/sdb\nkeep = 3\n", "a raw device holds one dump")]
    [InlineData("vlan = 5\n", "mean nothing without a target on another machine")]
    public void Contradictions_are_told(string content, string message) =>
        Assert.Contains(Read("/etc/panicle.conf", content).Contradictions(),
            remark => remark.Message.Contains(message, StringComparison.Ordinal));

    [Theory]
    [InlineData("/var/crash/", "/var/crash")]
    [InlineData("file:///var/crash", "/var/crash")]
    [InlineData("LABEL=dumps:/", "LABEL=dumps:/")]
    [InlineData("sftp://a@[fd00::1]:2222/x", "ssh://a@[fd00::1]:2222/x")]
    [InlineData("http://s3.example/bucket/dump?X-Sig=a/b%2F", "http://s3.example/bucket/dump?X-Sig=a/b%2F")]
    public void Targets_are_read_and_written(string text, string again) =>
        Assert.Equal(again, TargetAddress.Parse(text).ToString());

    [Fact]
    public void Passwords_are_not_shown() =>
        Assert.Equal("ftp://me:…@host/x", TargetAddress.Parse("ftp://me:secret@host/x").Shown);

    [Theory]
    [InlineData("gopher://host/x")]
    [InlineData("ssh:///x")]
    [InlineData("ssh://a@2001:db8::5/x")]
    [InlineData("http://host:99999/")]
    [InlineData("raw:sdb")]
    [InlineData("")]
    public void What_is_no_target_says_so(string text) => Assert.Throws<FormatException>(() => TargetAddress.Parse(text));
}
