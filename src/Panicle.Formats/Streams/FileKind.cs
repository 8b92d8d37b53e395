using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Panicle.Formats.Streams;

/// <summary>What a name in the file system stands for.</summary>
public enum FileKind
{
    /// <summary>There is nothing of that name, or it can't be looked at.</summary>
    Unknown,

    /// <summary>A file with a length, which can be read again.</summary>
    Regular,

    /// <summary>A directory.</summary>
    Directory,

    /// <summary>A pipe, with a name or without: what is read is gone.</summary>
    Pipe,

    /// <summary>A socket.</summary>
    Socket,

    /// <summary>A disk or another device of blocks.</summary>
    BlockDevice,

    /// <summary>/dev/null, where everything ends at once.</summary>
    Null,

    /// <summary>A terminal or another device of characters, which may never end.</summary>
    CharacterDevice,
}

/// <summary>Tells kinds of files apart without opening them: opening a FIFO waits for whoever writes to it.</summary>
public static partial class FileKinds
{
    private const int CurrentDirectory = -100; // AT_FDCWD
    private const int EmptyPath = 0x1000; // AT_EMPTY_PATH
    private const int StatxBytes = 256;
    private const int ModeOffset = 28;
    private const int DeviceOffset = 128;
    private const int TypeMask = 0xf000;

    /// <summary>What a path leads to, through symbolic links.</summary>
    public static FileKind Of(string path) => Of(CurrentDirectory, path, 0);

    /// <summary>What an open file descriptor is.</summary>
    public static FileKind OfDescriptor(int descriptor) => Of(descriptor, "", EmptyPath);

    private static FileKind Of(int directory, string path, int flags)
    {
        Span<byte> buffer = stackalloc byte[StatxBytes];
        if (path.Contains('\0', StringComparison.Ordinal) || Statx(directory, path, flags, 1, buffer) != 0)
            return FileKind.Unknown;
        return (BinaryPrimitives.ReadUInt16LittleEndian(buffer[ModeOffset..]) & TypeMask) switch
        {
            0x8000 => FileKind.Regular,
            0x4000 => FileKind.Directory,
            0x1000 => FileKind.Pipe,
            0xc000 => FileKind.Socket,
            0x6000 => FileKind.BlockDevice,
            0x2000 when IsNull(buffer[DeviceOffset..]) => FileKind.Null,
            0x2000 => FileKind.CharacterDevice,
            _ => FileKind.Unknown,
        };
    }

    private static bool IsNull(ReadOnlySpan<byte> device) =>
        BinaryPrimitives.ReadInt32LittleEndian(device) == 1 && BinaryPrimitives.ReadInt32LittleEndian(device[4..]) == 3;

    // The one call of this family whose structure is the same on every architecture.
    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Statx(int directory, string path, int flags, uint mask, Span<byte> buffer);
}
