using Panicle.Kdump.Configuration;
using Panicle.Kdump.Initramfs;

namespace Panicle.Kdump.Tests;

public sealed class InitramfsTests : IDisposable
{
    private const string Loader = "/lib64/ld-linux-x86-64.so.2";
    private const string Usual = "/lib/x86_64-linux-gnu";
    private const string Tool = "/opt/tool/bin/tool";
    private const ushort Intel386 = 3;

    private readonly FixtureTree _tree = new FixtureTree().With(Loader, ElfSketch.Make([]))
        .With($"{Usual}/libc.so.6", ElfSketch.Make([]));

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("panicle-initramfs");

    public void Dispose()
    {
        _tree.Dispose();
        _folder.Delete(recursive: true);
    }

    private Dictionary<string, string> FilesOf(params string[] opened) =>
        ProgramFiles.Of(_tree.Root, Tool, opened.Select(library => (library, "a test")))
            .ToDictionary(file => file.Place, file => file.Path);

    [Fact]
    public void A_library_that_is_opened_at_run_time_comes_with_all_that_it_needs_itself()
    {
        _tree.With(Tool, ElfSketch.Make(["libc.so.6"], Loader))
            .With($"{Usual}/libpack.so.1", ElfSketch.Make(["libdeep.so.2", "libc.so.6"]))
            .With($"{Usual}/libdeep.so.2", ElfSketch.Make(["libc.so.6"]));
        Assert.Equal([$"{Usual}/libc.so.6", $"{Usual}/libdeep.so.2", $"{Usual}/libpack.so.1", Loader, Tool],
            FilesOf("libpack.so.1").Keys.Order(StringComparer.Ordinal));
        Assert.DoesNotContain($"{Usual}/libpack.so.1", FilesOf().Keys);
        Assert.Contains("a test needs libgone.so.3, and it is in none of the usual places",
            Assert.Throws<InitramfsException>(() => FilesOf("libgone.so.3")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_program_can_do_without_comes_if_it_is_there()
    {
        _tree.With(Tool, ElfSketch.Make(["libc.so.6"], Loader));
        Assert.DoesNotContain($"{Usual}/libgcc_s.so.1", FilesOf().Keys);
        _tree.With($"{Usual}/libgcc_s.so.1", ElfSketch.Make([]));
        Assert.Contains($"{Usual}/libgcc_s.so.1", FilesOf().Keys);
    }

    [Fact]
    public void A_program_without_a_loader_opens_nothing()
    {
        _tree.With(Tool, ElfSketch.Make([]));
        Assert.Equal([Tool], FilesOf("libgone.so.3").Keys);
    }

    /// <summary>
    /// There is no ld.so.cache in the initramfs, and what is relative to the program is elsewhere once it is /init.
    /// </summary>
    [Fact]
    public void Libraries_from_elsewhere_come_to_lie_where_the_loader_looks()
    {
        _tree.With(Tool, ElfSketch.Make(["libc.so.6", "libown.so.1", "libadded.so.1"], Loader, "$ORIGIN/../lib"))
            .With("/opt/tool/lib/libown.so.1", ElfSketch.Make([]))
            .With("/etc/ld.so.conf", "include /etc/ld.so.conf.d/*.conf\n")
            .With("/etc/ld.so.conf.d/added.conf", "# more\n/opt/added/lib\n")
            .With("/opt/added/lib/libadded.so.1", ElfSketch.Make([]));
        var files = FilesOf();
        Assert.Equal("/opt/tool/lib/libown.so.1", files[$"{Usual}/libown.so.1"]);
        Assert.Equal("/opt/added/lib/libadded.so.1", files[$"{Usual}/libadded.so.1"]);
    }

    [Fact]
    public void A_directory_that_the_program_names_stays_what_it_is()
    {
        _tree.With(Tool, ElfSketch.Make(["libc.so.6", "libown.so.1"], Loader, "/opt/tool/lib"))
            .With("/opt/tool/lib/libown.so.1", ElfSketch.Make([]));
        Assert.Contains("/opt/tool/lib/libown.so.1", FilesOf().Keys);
    }

    [Fact]
    public void A_library_for_other_machines_is_passed_over()
    {
        _tree.With(Tool, ElfSketch.Make(["libc.so.6", "libtwo.so.1"], Loader))
            .With($"{Usual}/libtwo.so.1", ElfSketch.Make([], machine: Intel386)).With("/lib/libtwo.so.1", ElfSketch.Make([]));
        Assert.Equal("/lib/libtwo.so.1", FilesOf()[$"{Usual}/libtwo.so.1"]);
    }

    [Fact]
    public void A_shell_that_is_configured_and_not_there_is_told_when_the_initramfs_is_made()
    {
        var program = Path.Combine(_folder.FullName, "panicle");
        File.WriteAllBytes(program, ElfSketch.Make([]));
        _tree.With("/proc/sys/kernel/osrelease", "6.1.0\n")
            .With("/proc/self/mountinfo", "24 1 254:1 / / rw - ext4 /dev/vda rw\n")
            .With("/sys/class/block/vda/dev", "254:1\n").With("/dev/vda", "");
        var configuration = EffectiveConfiguration.Parse(
            "/etc/panicle.conf", "failure-action = shell\ntarget = http://192.0.2.1/\ninterface = eth0\n");
        _tree.With("/sys/class/net/eth0/address", "52:54:00:12:34:56\n");
        Assert.Contains("an action is 'shell'", Assert.Throws<InitramfsException>(() =>
            CaptureInitramfs.Plan(_tree.Root, "6.1.0", configuration, program)).Message, StringComparison.Ordinal);
        _tree.With("/bin/sh", ElfSketch.Make(["libc.so.6"], Loader));
        var plan = CaptureInitramfs.Plan(_tree.Root, "6.1.0", configuration, program);
        Assert.Contains("bin/sh", plan.Files.Select(file => file.Path));
    }
}
