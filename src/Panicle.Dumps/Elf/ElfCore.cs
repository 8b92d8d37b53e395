using System.Buffers.Binary;
using Panicle.Dumps.Sources;

namespace Panicle.Dumps.Elf;

/// <summary>
/// The headers of an ELF core file (elf(5); 64-bit, little-endian): machine, program headers, notes. Only as much of
/// ELF as dumps use.
/// </summary>
internal sealed class ElfCore
{
    private const int HeaderSize = 64;
    private const int EntrySize = 56;
    private const uint Load = 1;
    private const uint Note = 4;

    /// <summary>Number of program headers when it doesn't fit: then section header 0 has it in sh_info.</summary>
    private const int NumberElsewhere = 0xffff;

    private readonly ByteSource _source;
    private long _noteBytesLeft;

    private ElfCore(ByteSource source) => _source = source;

    public ushort Machine { get; private init; }

    /// <summary>e_flags; makedumpfile sets bit 0 in a dump it couldn't finish.</summary>
    public uint Flags { get; private init; }

    public List<ElfLoad> Loads { get; } = [];

    public List<ElfNote> Notes { get; } = [];

    public List<string> Problems { get; } = [];

    public static bool IsElf(ReadOnlySpan<byte> start) => start.StartsWith("\x7f"u8) && start[1..].StartsWith("ELF"u8);

    /// <summary>Reads the headers and notes.</summary>
    /// <exception cref="DumpException">It isn't a core file of a 64-bit little-endian machine, or too short to be one.</exception>
    public static ElfCore Read(ByteSource source, Limits limits)
    {
        Span<byte> header = stackalloc byte[HeaderSize];
        header.Clear();
        var size = source.Read(0, header);
        CheckKind(source, header[..size]);
        var core = new ElfCore(source)
        {
            Machine = BinaryPrimitives.ReadUInt16LittleEndian(header[18..]),
            Flags = BinaryPrimitives.ReadUInt32LittleEndian(header[48..]),
        };
        core._noteBytesLeft = Math.Min(ElfNotes.MostBytes, limits.MaxBlock);
        core.ReadProgramHeaders(header, limits);
        return core;
    }

    private static void CheckKind(ByteSource source, ReadOnlySpan<byte> header)
    {
        var path = source.Path;
        if (header.Length < HeaderSize)
            throw new DumpException($"{path} ends inside the ELF header (it has {source.Length} bytes); the dump was not written, or not copied, to the end.");
        var bigEndian = header[5] == 2;
        var machine = Machines.NameOf(bigEndian ? BinaryPrimitives.ReadUInt16BigEndian(header[18..]) : BinaryPrimitives.ReadUInt16LittleEndian(header[18..]));
        var kind = bigEndian ? header[17] : header[16];
        switch (kind)
        {
            case 1:
                throw new DumpException($"{path} is an ELF object file (a kernel module?), not a dump.");
            case 2 or 3:
                throw new DumpException($"{path} is an ELF executable (a vmlinux?), not a dump; name the dump too.");
            case not 4:
                throw new DumpException($"{path} is an ELF file of type {kind}, not a dump (type 4, core).");
        }
        if (bigEndian)
            throw new DumpException($"{path} is a dump of a big-endian machine ({machine}); Panicle reads dumps of little-endian 64-bit machines.");
        if (header[4] != 2)
            throw new DumpException($"{path} is a 32-bit dump ({machine}); Panicle reads dumps of little-endian 64-bit machines.");
    }

    private void ReadProgramHeaders(ReadOnlySpan<byte> header, Limits limits)
    {
        var offset = BinaryPrimitives.ReadInt64LittleEndian(header[32..]);
        long count = BinaryPrimitives.ReadUInt16LittleEndian(header[56..]);
        if (count == NumberElsewhere)
            count = CountElsewhere(BinaryPrimitives.ReadInt64LittleEndian(header[40..])) ?? count;
        if (BinaryPrimitives.ReadUInt16LittleEndian(header[54..]) is not EntrySize and var entry)
            Problems.Add($"{_source.Path}: the ELF header's program header size {entry} makes no sense; taking {EntrySize}");
        if (count > limits.MaxElements)
        {
            Problems.Add($"{_source.Path}: {count} program headers are more than any dump has; reading {limits.MaxElements}");
            count = limits.MaxElements;
        }
        var bytes = new byte[EntrySize * 1024];
        for (long done = 0; done < count;)
        {
            var wanted = (int)Math.Min(1024, count - done);
            var got = offset < 0 ? 0 : _source.Read(offset + (done * EntrySize), bytes.AsSpan(0, wanted * EntrySize)) / EntrySize;
            for (var i = 0; i < got; i++)
                ReadProgramHeader(bytes.AsSpan(i * EntrySize, EntrySize));
            done += got;
            if (got == wanted)
                continue;
            Problems.Add($"{_source.Path} ends inside its {count} program headers: only {done} can be read");
            break;
        }
    }

    private long? CountElsewhere(long sections)
    {
        Span<byte> section = stackalloc byte[64];
        return sections > 0 && _source.TryFill(sections, section) ? BinaryPrimitives.ReadUInt32LittleEndian(section[44..]) : null;
    }

    private void ReadProgramHeader(ReadOnlySpan<byte> entry)
    {
        var type = BinaryPrimitives.ReadUInt32LittleEndian(entry);
        var offset = BinaryPrimitives.ReadInt64LittleEndian(entry[8..]);
        var fileSize = BinaryPrimitives.ReadUInt64LittleEndian(entry[32..]);
        if (type == Load)
        {
            Loads.Add(new ElfLoad(
                offset,
                BinaryPrimitives.ReadUInt64LittleEndian(entry[16..]),
                BinaryPrimitives.ReadUInt64LittleEndian(entry[24..]),
                fileSize,
                BinaryPrimitives.ReadUInt64LittleEndian(entry[40..])));
        }
        else if (type == Note && fileSize > 0)
        {
            ReadNotes(offset, fileSize);
        }
    }

    private void ReadNotes(long offset, ulong size)
    {
        if (offset < 0 || size > (ulong)_noteBytesLeft || offset > _source.Length)
        {
            Problems.Add($"{_source.Path}: the notes at offset 0x{offset:x}, size 0x{size:x} lie outside the file");
            return;
        }
        // Never more than there is: a damaged size must not cost memory.
        var bytes = new byte[Math.Min((long)size, _source.Length - offset)];
        _noteBytesLeft -= bytes.Length;
        var got = _source.Read(offset, bytes);
        if (got < (long)size)
            Problems.Add($"{_source.Path} ends inside its notes: {got} of {size} bytes can be read");
        var broken = ElfNotes.Parse(bytes.AsMemory(0, got), Notes);
        if (broken >= 0)
            Problems.Add($"{_source.Path}: the note at offset 0x{offset + broken:x} makes no sense; it and those after it are lost");
    }
}
