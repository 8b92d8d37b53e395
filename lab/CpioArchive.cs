using System.Text;

namespace Panicle.Lab;

/// <summary>
/// Writes a cpio archive in the "newc" form, which the kernel unpacks as its initramfs
/// (Documentation/driver-api/early-userspace/buffer-format.rst).
/// </summary>
internal sealed class CpioArchive(Stream output) : IDisposable
{
    private const uint DirectoryMode = 0x41ED;
    private const uint DeviceMode = 0x2180;

    private uint _inode = 1;
    private long _written;

    /// <summary>Adds a directory.</summary>
    public void AddDirectory(string name) => Add(name, DirectoryMode, [], 0, 0);

    /// <summary>Adds a character device.</summary>
    public void AddDevice(string name, uint major, uint minor) => Add(name, DeviceMode, [], major, minor);

    /// <summary>Adds a file.</summary>
    public void AddFile(string name, ReadOnlySpan<byte> content, bool executable = false) =>
        Add(name, executable ? 0x81EDu : 0x81A4u, content, 0, 0);

    /// <summary>Adds a text file.</summary>
    public void AddFile(string name, string content, bool executable = false) => AddFile(name, Encoding.UTF8.GetBytes(content), executable);

    /// <summary>Ends the archive.</summary>
    public void Dispose() => Add("TRAILER!!!", 0, [], 0, 0);

    private void Add(string name, uint mode, ReadOnlySpan<byte> content, uint major, uint minor)
    {
        uint[] fields = [_inode++, mode, 0, 0, 1, 0, (uint)content.Length, 0, 0, major, minor, (uint)name.Length + 1, 0];
        Write(Encoding.ASCII.GetBytes($"070701{string.Concat(fields.Select(field => field.ToString("X8")))}{name}\0"));
        Align();
        Write(content);
        Align();
    }

    private void Write(ReadOnlySpan<byte> bytes)
    {
        output.Write(bytes);
        _written += bytes.Length;
    }

    private void Align() => Write(new byte[-_written & 3]);
}
