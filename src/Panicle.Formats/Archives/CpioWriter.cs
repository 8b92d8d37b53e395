using System.Text;

namespace Panicle.Formats.Archives;

/// <summary>
/// Writes a cpio archive in the form "newc", which the kernel unpacks as its initramfs
/// (Documentation/driver-api/early-userspace/buffer-format.rst).
/// Times and owners are 0, so that equal content is an equal archive.
/// </summary>
public sealed class CpioWriter(Stream output) : IDisposable
{
    private const uint Directory = 0x41ed; // S_IFDIR | 0755
    private const uint Executable = 0x81ed; // S_IFREG | 0755
    private const uint Regular = 0x81a4; // S_IFREG | 0644
    private const uint Private = 0x8180; // S_IFREG | 0600
    private const uint CharacterDevice = 0x2180; // S_IFCHR | 0600
    private const uint Link = 0xa1ff; // S_IFLNK | 0777

    private readonly HashSet<string> _directories = [];
    private uint _inode = 1;
    private long _written;

    /// <summary>Adds a file, and the directories that lead to it. Names have no slash in front.</summary>
    public void AddFile(string name, ReadOnlySpan<byte> content, bool isExecutable = false, bool isPrivate = false) =>
        Add(name, isExecutable ? Executable : isPrivate ? Private : Regular, content);

    /// <summary>Adds a file of text, in UTF-8, and the directories that lead to it.</summary>
    public void AddFile(string name, string content, bool isExecutable = false) =>
        AddFile(name, Encoding.UTF8.GetBytes(content), isExecutable);

    /// <summary>Adds a directory, and those that lead to it.</summary>
    public void AddDirectory(string name)
    {
        if (name.Length == 0 || !_directories.Add(name))
            return;
        Add(name, Directory, []);
    }

    /// <summary>Adds a character device.</summary>
    public void AddDevice(string name, uint major, uint minor) => Add(name, CharacterDevice, [], major, minor);

    /// <summary>Adds a symbolic link.</summary>
    public void AddLink(string name, string target) => Add(name, Link, Encoding.UTF8.GetBytes(target));

    /// <summary>Ends the archive; the stream stays open.</summary>
    public void Dispose() => Add("TRAILER!!!", 0, []);

    private void Add(string name, uint mode, ReadOnlySpan<byte> content, uint major = 0, uint minor = 0)
    {
        if (name.LastIndexOf('/') is > 0 and var slash)
            AddDirectory(name[..slash]);
        var bytes = Encoding.UTF8.GetBytes($"{name}\0");
        uint[] fields = [_inode++, mode, 0, 0, 1, 0, (uint)content.Length, 0, 0, major, minor, (uint)bytes.Length, 0];
        Write(Encoding.ASCII.GetBytes($"070701{string.Concat(fields.Select(field => field.ToString("X8")))}"));
        Write(bytes);
        Align();
        Write(content);
        Align();
    }

    private void Write(ReadOnlySpan<byte> bytes)
    {
        output.Write(bytes);
        _written += bytes.Length;
    }

    private void Align() => Write(stackalloc byte[(int)(-_written & 3)]);
}
