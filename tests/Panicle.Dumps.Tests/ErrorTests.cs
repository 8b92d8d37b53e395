using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Panicle.Dumps.Tests;

/// <summary>What can't be opened is refused in one line that says what it is.</summary>
public sealed partial class ErrorTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("panicle-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [InlineData("", "is empty")]
    [InlineData("1f8b0800", "gunzip")]
    [InlineData("fd377a585a00", "unxz")]
    [InlineData("28b52ffd", "unzstd")]
    [InlineData("51464900000000", "qcow2")]
    [InlineData("deadbeef00", "is not a dump: it starts with DEADBEEF00")]
    [InlineData("000000000000", "zero bytes")]
    [InlineData("4f6f70733a2031", "text file")]
    [InlineData("4b44554d50202020060000", "ends inside the kdump header")]
    [InlineData("7f454c4602", "ends inside the ELF header")]
    [InlineData("6d616b6564756d7066696c6500", "is empty")]
    public void Other_files_are_named(string hex, string expected) => Refuses(Convert.FromHexString(hex), expected);

    [Theory]
    [InlineData(2, 2, 1, 62, "is an ELF executable (a vmlinux?), not a dump")]
    [InlineData(3, 2, 1, 62, "is an ELF executable")]
    [InlineData(1, 2, 1, 62, "kernel module")]
    [InlineData(4, 2, 2, 22, "big-endian machine (s390x)")]
    [InlineData(4, 1, 1, 3, "32-bit dump (i386)")]
    [InlineData(4, 1, 1, 40, "32-bit dump (arm)")]
    [InlineData(4, 2, 1, 62, "without memory in it")]
    public void Other_elf_files_are_named(byte type, byte width, byte order, byte machine, string expected)
    {
        var header = new byte[64];
        ((ReadOnlySpan<byte>)[0x7f, (byte)'E', (byte)'L', (byte)'F', width, order, 1]).CopyTo(header);
        header[order == 1 ? 16 : 17] = type;
        header[order == 1 ? 18 : 19] = machine;
        Refuses(header, expected);
    }

    [Theory]
    [InlineData(428, true, "big-endian")]
    [InlineData(416, false, "32-bit machine")]
    [InlineData(424, false, "32-bit machine")]
    public void Kdumps_of_other_machines_are_named(int blockSizeAt, bool bigEndian, string expected)
    {
        var header = new byte[8192];
        "KDUMP   "u8.CopyTo(header);
        header[blockSizeAt + (bigEndian ? 2 : 1)] = 0x10;
        Refuses(header, expected);
    }

    [Fact]
    public void Another_architecture_opens_and_says_which_it_is()
    {
        var elf = SmallDump.Make("ELF")[0];
        elf[18] = 183;
        using var dump = TestData.Open(elf);
        Assert.Equal(183, dump.Header.Machine);
    }

    [Fact]
    public void Missing_files_and_directories_are_named()
    {
        Assert.Contains("no such file", Refuses(Path.Combine(_directory, "nothing")), StringComparison.Ordinal);
        Assert.Contains("no such file", Refuses(Path.Combine(_directory, "nothing", "vmcore")), StringComparison.Ordinal);
        Assert.Contains("is a directory", Refuses(_directory), StringComparison.Ordinal);
        Assert.Contains("not a file name", Refuses(""), StringComparison.Ordinal);
        Assert.Contains(
            "No dump file", Assert.Throws<DumpException>(() => DumpReader.Open([])).Message, StringComparison.Ordinal);
        Assert.Contains("is empty", Refuses("/dev/null"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_may_not_be_read_is_named()
    {
        var path = Path.Combine(_directory, "vmcore");
        File.WriteAllBytes(path, SmallDump.Make("kdump raw")[0]);
        File.SetUnixFileMode(path, UnixFileMode.None);
        // Root may read every file; so the thread opens it as nobody.
        var root = Environment.IsPrivilegedProcess;
        if (root)
            _ = SetFileSystemUser(65534);
        try
        {
            Assert.Contains("no permission", Refuses(path), StringComparison.Ordinal);
        }
        finally
        {
            if (root)
                _ = SetFileSystemUser(0);
        }
    }

    [Fact]
    public void A_process_core_is_named()
    {
        var elf = SmallDump.Make("QEMU ELF")[0];
        // The QEMU note becomes a process's auxiliary vector.
        var at = elf.AsSpan().IndexOf("QEMU\0"u8);
        "CORE\0"u8.CopyTo(elf.AsSpan(at));
        elf[at - 4] = 6;
        Refuses(elf, "core dump of a process");
    }

    /// <summary>setfsuid(2): whose permissions this thread's file accesses have.</summary>
    [LibraryImport("libc", EntryPoint = "setfsuid")]
    private static partial int SetFileSystemUser(uint user);

    private void Refuses(byte[] content, string expected)
    {
        var path = Path.Combine(_directory, "file");
        File.WriteAllBytes(path, content);
        var message = Refuses(path);
        Assert.Contains(expected, message, StringComparison.Ordinal);
    }

    private static string Refuses(string path)
    {
        var clock = Stopwatch.StartNew();
        var message = Assert.Throws<DumpException>(() => DumpReader.Open(path)).Message;
        Assert.DoesNotContain('\n', message);
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(10));
        return message;
    }
}
