using System.Buffers.Binary;
using System.IO.Compression;
using Panicle.Debuginfo.Store;
using Panicle.Dumps;

namespace Panicle.Debuginfo.Tests;

public sealed class SymbolStoreTests : IDisposable
{
    private readonly TestFiles _files = new();
    private readonly SymbolStore _store;

    public SymbolStoreTests() => _store = new SymbolStore(_files["store"]);

    public void Dispose() => _files.Dispose();

    [Fact]
    public void A_folder_of_files_is_stored_by_build_ID_each_build_once()
    {
        _files.Program("in/a", TestFiles.Id('a'));
        _files.Module("in/some-module.ko", TestFiles.Id('b'), "6.1.0-9-test");
        File.Copy(_files["in/some-module.ko"], _files["in/again.ko"]);
        File.WriteAllText(_files["in/text"], "no ELF file");
        var added = _store.Add([_files["in"]]);
        Assert.Equal((2, 0, 1, 0), (added.Debuginfo, added.Executables, added.Known, added.LeftOut));
        Assert.Empty(added.Problems);
        Assert.Equal(["6.1.0-9-test", "other"], added.Releases);
        Assert.Equal(2, _store.Add([_files["in"]]).Known - 1);
        var kernel = _store.Kernels().Single(kernel => kernel.Release == "6.1.0-9-test");
        Assert.Contains(Assert.Single(kernel.Entries).Name, (string[])["some_module", "again"]);
        Assert.Equal(TestFiles.Dwarf(_files["in/a"]), TestFiles.Dwarf(_store.FindDebugInfo(TestFiles.Id('a'))!));
        Assert.Null(_store.FindDebugInfo(TestFiles.Id('c')));
    }

    [Theory]
    [InlineData("none")]
    [InlineData("gzip")]
    [InlineData("xz")]
    [InlineData("zstd")]
    public void Debians_packages_are_taken_apart(string compression)
    {
        _files.Module("pkg/usr/lib/debug/lib/modules/6.1.0-9-test/kernel/m.ko", TestFiles.Id('b'), "6.1.0-9-test");
        Directory.CreateDirectory(_files["pkg/DEBIAN"]);
        File.WriteAllText(_files["pkg/DEBIAN/control"],
            "Package: test-dbg\nVersion: 1\nArchitecture: amd64\nMaintainer: x <x@example.org>\nDescription: x\n");
        TestFiles.Run("dpkg-deb", $"-Z{compression}", "--build", _files["pkg"], _files["test.ddeb"]);
        var added = _store.Add([_files["test.ddeb"]]);
        Assert.Empty(added.Problems);
        Assert.Equal((1, "6.1.0-9-test"), (added.Debuginfo, Assert.Single(added.Releases)));
        Assert.Equal("test.ddeb", Assert.Single(_store.Kernels()[0].Entries).Origin);
        Assert.Equal(TestFiles.Dwarf(_files["pkg/usr/lib/debug/lib/modules/6.1.0-9-test/kernel/m.ko"]),
            TestFiles.Dwarf(_store.FindDebugInfo(TestFiles.Id('b'))!));
    }

    [Fact]
    public void A_package_that_rpmbuild_made_is_taken_apart()
    {
        File.WriteAllBytes(_files["small.rpm"], Sample("small.rpm"));
        var added = _store.Add([_files["small.rpm"]]);
        Assert.Empty(added.Problems);
        Assert.Equal(1, added.Debuginfo);
        Assert.Contains("answer", TestFiles.Dwarf(_store.FindDebugInfo("0123456789abcdef0123456789abcdef01234567")!));
    }

    [Fact]
    public void A_package_that_is_cut_short_or_damaged_is_a_problem_and_no_more()
    {
        var rpm = Sample("small.rpm");
        var random = new Random(2);
        for (var i = 0; i < 100; i++)
        {
            var damaged = i % 2 == 0 ? rpm[..random.Next(8, rpm.Length)] : rpm.ToArray();
            damaged[random.Next(8, damaged.Length)] ^= (byte)(1 + random.Next(255));
            File.WriteAllBytes(_files["small.rpm"], damaged);
            var added = new SymbolStore(_files[$"store{i}"]).Add([_files["small.rpm"]]);
            Assert.True(added.Problems.Count <= 1);
            Assert.False(Directory.Exists(_files[$"store{i}/adding.{Environment.ProcessId}"]));
        }
    }

    [Fact]
    public void A_kernel_image_gives_the_kernel_in_it()
    {
        var vmlinux = File.ReadAllBytes(_files.Program("vmlinux", TestFiles.Id('d'), "-DKERNEL", "-Wl,--defsym=x=0"));
        File.WriteAllBytes(_files["vmlinuz-6.1.0-9-test"], Image(vmlinux));
        var added = _store.Add([_files["vmlinuz-6.1.0-9-test"]]);
        Assert.Empty(added.Problems);
        Assert.Equal("6.1.0-9-test", Assert.Single(added.Releases));
        Assert.NotNull(_store.FindExecutable(TestFiles.Id('d')));
    }

    [Fact]
    public void What_has_no_build_ID_is_left_out()
    {
        _files.Program("a", "00", "-Wl,--build-id=none");
        Assert.Equal(1, _store.Add([_files["a"]]).LeftOut);
    }

    [Fact]
    public void Nothing_that_a_package_names_is_written_outside_of_the_store()
    {
        var program = _files.Program("evil", TestFiles.Id('e'));
        TestFiles.Run("tar", "-cf", _files["evil.tar"], "-P", "--transform", "s,.*,../../../../evil.ko,", program);
        var added = _store.Add([_files["evil.tar"]]);
        Assert.Equal(1, added.Debuginfo);
        Assert.Equal(["answer.c", "evil", "evil.tar", "store"],
            new DirectoryInfo(_files.Root).GetFileSystemInfos().Select(info => info.Name).Order(StringComparer.Ordinal));
        Assert.False(File.Exists(Path.Combine(_files.Root, "../evil.ko")));
    }

    [Fact]
    public void Removing_a_kernel_keeps_what_another_one_shares()
    {
        _files.Module("in/m.ko", TestFiles.Id('b'), "6.1.0-9-test");
        _store.Add([_files["in"]]);
        _files.Module("in/lib/modules/6.1.0-10-test/m.ko", TestFiles.Id('b'), "6.1.0-10-test");
        _store.Add([_files["in"]]);
        Assert.Equal(2, _store.Kernels().Count);
        _store.Remove(_store.Kernels()[1]);
        Assert.NotNull(_store.FindDebugInfo(TestFiles.Id('b')));
        _store.Remove(_store.Kernels()[0]);
        Assert.Null(_store.FindDebugInfo(TestFiles.Id('b')));
        Assert.Empty(_store.Kernels());
        Assert.Empty(Directory.EnumerateFileSystemEntries(_files["store/.build-id"]));
    }

    [Fact]
    public void A_store_that_cannot_be_written_says_how_to_name_another() =>
        Assert.Contains(
            "--store", Assert.Throws<DumpException>(() => new SymbolStore("/proc/none").Add(["/proc/version"])).Message);

    // A boot sector that says where its payload is (boot protocol 2.08), and the payload.
    private static byte[] Image(byte[] vmlinux)
    {
        using var payload = new MemoryStream();
        using (var gzip = new GZipStream(payload, CompressionLevel.Fastest, leaveOpen: true))
            gzip.Write(vmlinux);
        var head = new byte[1024 + 64];
        head[0x1f1] = 1;
        "HdrS"u8.CopyTo(head.AsSpan(0x202));
        BinaryPrimitives.WriteUInt16LittleEndian(head.AsSpan(0x206), 0x20f);
        BinaryPrimitives.WriteUInt32LittleEndian(head.AsSpan(0x248), 64);
        BinaryPrimitives.WriteUInt32LittleEndian(head.AsSpan(0x24c), (uint)payload.Length);
        return [.. head, .. payload.ToArray(), 1, 2, 3, 4];
    }

    private static byte[] Sample(string name)
    {
        using var stream = typeof(SymbolStoreTests).Assembly.GetManifestResourceStream(name)!;
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }
}
