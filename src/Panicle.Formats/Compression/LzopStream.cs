using System.Buffers.Binary;

namespace Panicle.Formats.Compression;

/// <summary>
/// Decodes .lzo files, as lzop writes them for kernels: a header, then blocks with their sizes and checksums, all in big-endian
/// (the kernel's lib/decompress_unlzo.c reads the same).
/// </summary>
internal sealed class LzopStream(Stream source) : BlockStream(source)
{
    public static ReadOnlySpan<byte> Magic => [0x89, (byte)'L', (byte)'Z', (byte)'O', 0, 0x0d, 0x0a, 0x1a, 0x0a];

    private const int MostBytes = 64 << 20;
    private const uint HasFilter = 0x800;
    private const uint HasExtraField = 0x40;

    // Checksums that a block brings with it: Adler-32 and CRC-32 of the plain bytes, and of the compressed ones.
    private const uint ChecksumOfPlain = 0x1;
    private const uint CrcOfPlain = 0x100;
    private const uint ChecksumOfPacked = 0x2;
    private const uint CrcOfPacked = 0x200;

    private uint _flags;
    private bool _isStarted;
    private byte[] _output = [];

    protected override ArraySegment<byte>? ReadBlock()
    {
        if (!_isStarted)
            ReadHeader();
        var plain = ReadUInt32();
        if (plain == 0)
            return null;
        var packed = ReadUInt32();
        if (plain > MostBytes || packed == 0 || packed > plain)
            throw new InvalidDataException("the lzo data is broken");
        Skip(4 * (Count(ChecksumOfPlain) + Count(CrcOfPlain)));
        if (packed < plain)
            Skip(4 * (Count(ChecksumOfPacked) + Count(CrcOfPacked)));
        var input = new byte[packed];
        Source.ReadExactly(input);
        if (packed == plain)
            return input;
        if (_output.Length < plain)
            _output = new byte[plain];
        return LzoDecoder.Decode(input, _output.AsSpan(0, (int)plain)) == plain
            ? new ArraySegment<byte>(_output, 0, (int)plain)
            : throw new InvalidDataException("the lzo data is broken");
    }

    // Magic, versions of lzop, of the library and (since 0x940) needed to unpack, method, level,
    // flags, filter, mode, times, name, checksum.
    private void ReadHeader()
    {
        _isStarted = true;
        Skip(Magic.Length);
        var version = ReadUInt16();
        Skip(2);
        if (version >= 0x940)
            Skip(2);
        Skip(version >= 0x940 ? 2 : 1);
        _flags = ReadUInt32();
        if ((_flags & HasFilter) != 0)
            Skip(4);
        Skip(8);
        if (version >= 0x940)
            Skip(4);
        Skip(Source.ReadByte());
        Skip(4);
        if ((_flags & HasExtraField) != 0)
            Skip((int)Math.Min(ReadUInt32(), MostBytes) + 4);
    }

    private int Count(uint flag) => (_flags & flag) != 0 ? 1 : 0;

    private ushort ReadUInt16()
    {
        Span<byte> bytes = stackalloc byte[2];
        Source.ReadExactly(bytes);
        return BinaryPrimitives.ReadUInt16BigEndian(bytes);
    }

    private uint ReadUInt32()
    {
        Span<byte> bytes = stackalloc byte[4];
        Source.ReadExactly(bytes);
        return BinaryPrimitives.ReadUInt32BigEndian(bytes);
    }

    private void Skip(int count)
    {
        for (; count > 0; count--)
        {
            if (Source.ReadByte() < 0)
                throw new InvalidDataException("the lzo data ends too early");
        }
    }
}
