using Panicle.Debuginfo.Finding;
using Panicle.Symbols;

namespace Panicle.Debuginfo.Tests;

public sealed class DebugFileFinderTests : IDisposable
{
    private const string Release = "6.1.0-9-test";
    private readonly TestFiles _files = new();

    public void Dispose() => _files.Dispose();

    [Theory]
    [InlineData("usr/lib/debug/boot/vmlinux-6.1.0-9-test")]
    [InlineData("usr/lib/debug/lib/modules/6.1.0-9-test/vmlinux")]
    [InlineData("usr/lib/debug/lib/modules/6.1.0-9-test/vmlinux.debug")]
    [InlineData("lib/modules/6.1.0-9-test/build/vmlinux")]
    [InlineData("usr/lib/debug/.build-id/aa/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.debug")]
    public void A_vmlinux_is_found_where_distributions_install_it(string place)
    {
        var path = _files.Program(place, TestFiles.Id('a'));
        Assert.Equal(path, Finder().FindDebugInfo(Kernel('a')));
        Assert.Null(Finder().FindDebugInfo(Kernel('b')));
    }

    [Theory]
    [InlineData("usr/lib/debug/lib/modules/6.1.0-9-test/kernel/drivers/some-module.ko")]
    [InlineData("usr/lib/debug/lib/modules/6.1.0-9-test/kernel/some_module.ko.debug")]
    [InlineData("lib/modules/6.1.0-9-test/updates/some-module.ko")]
    public void A_module_is_found_by_its_name(string place)
    {
        var path = _files.Module(place, TestFiles.Id('a'), Release);
        Assert.Equal(path, Finder().FindDebugInfo(new KernelBinary("some_module", TestFiles.Id('a'), Release)));
        Assert.Null(Finder().FindDebugInfo(new KernelBinary("other_module", TestFiles.Id('a'), Release)));
    }

    [Fact]
    public void A_file_of_another_build_is_passed_over_and_told()
    {
        _files.Program("boot/vmlinux-6.1.0-9-test", TestFiles.Id('a'));
        var finder = Finder();
        Assert.Null(finder.FindDebugInfo(Kernel('b')));
        var note = Assert.Single(finder.Notes);
        Assert.Contains(TestFiles.Id('a'), note);
        Assert.Contains(TestFiles.Id('b'), note);
    }

    [Fact]
    public void A_file_that_a_person_named_is_refused_with_both_build_IDs_unless_forced()
    {
        var path = _files.Program("vmlinux", TestFiles.Id('a'));
        var options = Options with { Vmlinux = path };
        var message = Assert.Throws<BuildIdMismatchException>(() =>
            new DebugFileFinder(options).FindDebugInfo(Kernel('b'))).Message;
        Assert.Contains(TestFiles.Id('a'), message);
        Assert.Contains(TestFiles.Id('b'), message);
        Assert.Contains("--force", message);
        Assert.Equal(path, new DebugFileFinder(options with { Force = true }).FindDebugInfo(Kernel('b')));
        Assert.Equal(path, new DebugFileFinder(options).FindDebugInfo(Kernel('a')));
    }

    [Fact]
    public void Named_modules_come_first()
    {
        _files.Module("lib/modules/6.1.0-9-test/m.ko", TestFiles.Id('a'), Release);
        var named = _files.Module("named/m.ko", TestFiles.Id('a'), Release);
        var finder = new DebugFileFinder(Options with { Modules = [_files["named"]] });
        Assert.Equal(named, finder.FindDebugInfo(new KernelBinary("m", TestFiles.Id('a'), Release)));
    }

    [Fact]
    public void A_debug_link_is_followed_if_its_CRC_is_right()
    {
        var whole = _files.Program("whole", TestFiles.Id('a'));
        var separate = _files["boot/.debug/kernel.debug"];
        Directory.CreateDirectory(Path.GetDirectoryName(separate)!);
        TestFiles.Run("objcopy", "--only-keep-debug", whole, separate);
        var stripped = _files["boot/vmlinux-6.1.0-9-test"];
        TestFiles.Run("objcopy", "--strip-debug", $"--add-gnu-debuglink={separate}", whole, stripped);
        Assert.Equal(separate, Finder().FindDebugInfo(Kernel('a')));
        Assert.Equal(stripped, Finder().FindExecutable(Kernel('a')));
        File.AppendAllText(separate, "x");
        Assert.Null(Finder().FindDebugInfo(Kernel('a')));
    }

    [Fact]
    public void The_cache_of_debuginfods_clients_is_used()
    {
        var path = _files.Program($"cache/{TestFiles.Id('a')}/debuginfo", TestFiles.Id('a'));
        Assert.Equal(path, new DebugFileFinder(Options with { Cache = _files["cache"] }).FindDebugInfo(Kernel('a')));
    }

    [Fact]
    public void Compressed_modules_are_unpacked_into_the_cache_and_found_there_again()
    {
        var module = _files.Module("lib/modules/6.1.0-9-test/m.ko", TestFiles.Id('a'), Release);
        var bytes = File.ReadAllBytes(module);
        using (var gzip = new System.IO.Compression.GZipStream(
            File.Create($"{module}.gz"), System.IO.Compression.CompressionLevel.Fastest))
            gzip.Write(bytes);
        File.Delete(module);
        var options = Options with { Cache = _files["cache"] };
        var binary = new KernelBinary("m", TestFiles.Id('a'), Release);
        var expected = _files[$"cache/{TestFiles.Id('a')}/debuginfo"];
        Assert.Equal(expected, new DebugFileFinder(options).FindDebugInfo(binary));
        Assert.Equal(bytes, File.ReadAllBytes(expected));
        File.Delete($"{module}.gz");
        Assert.Equal(expected, new DebugFileFinder(options).FindDebugInfo(binary));
        Assert.Null(new DebugFileFinder(Options).FindDebugInfo(binary));
    }

    [Theory]
    [InlineData("../../etc")]
    [InlineData("..")]
    [InlineData("a/b")]
    [InlineData("")]
    public void A_release_out_of_a_damaged_dump_leads_nowhere(string release) =>
        Assert.Null(Finder().FindDebugInfo(new KernelBinary("vmlinux", "../../etc/passwd", release)));

    [Fact]
    public void Sources_are_found_by_the_end_of_their_path_and_only_in_their_tree()
    {
        Directory.CreateDirectory(_files["linux/drivers/tty"]);
        File.WriteAllText(_files["linux/drivers/tty/sysrq.c"], "");
        File.WriteAllText(_files["secret.c"], "");
        File.CreateSymbolicLink(_files["linux/drivers/link.c"], _files["secret.c"]);
        string[] trees = [_files["linux"]];
        Assert.Equal(_files["linux/drivers/tty/sysrq.c"], SourceTree.Find(trees, "/build/linux-6.1/drivers/tty/sysrq.c"));
        Assert.Equal(_files["linux/drivers/tty/sysrq.c"],
            SourceTree.Find([$"/build/linux-6.1={_files["linux"]}"], "/build/linux-6.1/drivers/tty/sysrq.c"));
        Assert.Equal(
            _files["linux/drivers/tty/sysrq.c"], SourceTree.Find(trees, "/build/linux-6.1/arch/x86/../../drivers/tty/sysrq.c"));
        Assert.Null(SourceTree.Find(trees, "/drivers/../../secret.c"));
        Assert.Null(SourceTree.Find([$"/build={_files["linux"]}"], "/build/../secret.c"));
        Assert.Null(SourceTree.Find(trees, "/build/drivers/link.c"));
        Assert.Null(SourceTree.Find(trees, "/etc/passwd"));
    }

    private DebugFileOptions Options => new() { System = _files.Root };

    private DebugFileFinder Finder() => new(Options);

    private static KernelBinary Kernel(char digit) => new(KernelBinary.Vmlinux, TestFiles.Id(digit), Release);
}
