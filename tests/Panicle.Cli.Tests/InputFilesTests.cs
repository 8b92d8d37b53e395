using Panicle.Dumps;

namespace Panicle.Cli.Tests;

public sealed class InputFilesTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("panicle-test");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void A_vmlinux_is_told_from_a_dump_by_content()
    {
        var dump = Write("dump", type: 4);
        var vmlinux = Write("kernel", type: 2);
        AssertSorted([dump, vmlinux], [dump], vmlinux);
        AssertSorted([vmlinux, dump], [dump], vmlinux);
        AssertSorted(["a", "b"], ["a", "b"], null);
    }

    [Fact]
    public void A_vmlinux_alone_is_no_dump() =>
        Assert.Contains(
            "no dump is given", Assert.Throws<DumpException>(() => InputFiles.Sort([Write("kernel", type: 2)])).Message);

    [Fact]
    public void Another_kernels_vmlinux_is_refused_and_both_build_IDs_are_said()
    {
        var vmlinux = Write("kernel", type: 2, buildId: [0xab, 0xcd]);
        InputFiles.CheckBuildIds(vmlinux, "abcd", "dump");
        InputFiles.CheckBuildIds(vmlinux, null, "dump");
        var message = Assert.Throws<DumpException>(() => InputFiles.CheckBuildIds(vmlinux, "1234", "dump")).Message;
        Assert.Contains("abcd", message);
        Assert.Contains("1234", message);
    }

    private static void AssertSorted(string[] paths, string[] dumps, string? vmlinux)
    {
        var sorted = InputFiles.Sort(paths);
        Assert.Equal(dumps, sorted.Dumps);
        Assert.Equal(vmlinux, sorted.Vmlinux);
    }

    private string Write(string name, byte type, byte[]? buildId = null)
    {
        var file = new byte[256];
        "\u007fELF"u8.CopyTo(file);
        file[4] = 2; // 64-bit,
        file[5] = 1; // little-endian.
        file[16] = type;
        file[32] = 64; // The program headers' offset.
        file[56] = 1; // Their number.
        file[64] = 4; // PT_NOTE
        file[64 + 8] = 128; // Its offset
        file[64 + 32] = 32; // and length.
        file[128] = 4;
        file[132] = (byte)(buildId?.Length ?? 0);
        file[136] = 3;
        "GNU"u8.CopyTo(file.AsSpan(140));
        buildId?.CopyTo(file, 144);
        var path = Path.Combine(_folder.FullName, name);
        File.WriteAllBytes(path, file);
        return path;
    }
}
