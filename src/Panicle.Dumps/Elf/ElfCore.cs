using Panicle.Dumps.Sources;
using Panicle.Formats.Elf;

namespace Panicle.Dumps.Elf;

/// <summary>
/// The headers of an ELF core file (elf(5); 64-bit, little-endian): machine, program headers, notes.
/// Only as much of ELF as dumps use.
/// </summary>
internal sealed class ElfCore
{
    private readonly ByteSource _source;
    private long _noteBytesLeft;

    private ElfCore(ByteSource source) => _source = source;

    public ushort Machine { get; private init; }

    /// <summary>e_flags; makedumpfile sets bit 0 in a dump it couldn't finish.</summary>
    public uint Flags { get; private init; }

    public List<ElfProgramHeader> Loads { get; } = [];

    public List<ElfNote> Notes { get; } = [];

    public List<string> Problems { get; } = [];

    /// <summary>Reads the headers and notes.</summary>
    /// <exception cref="DumpException">
    /// It isn't a core file of a 64-bit little-endian machine, or too short to be one.
    /// </exception>
    public static ElfCore Read(ByteSource source, Limits limits)
    {
        Span<byte> bytes = stackalloc byte[ElfHeader.Bytes];
        var size = source.Read(0, bytes);
        if (!ElfHeader.TryRead(bytes[..size], out var header))
            throw new DumpException(
                $"{source.Path} ends inside the ELF header (it has {source.Length} bytes); "
                    + "the dump was not written, or not copied, to the end.");
        CheckKind(source.Path, header);
        var core = new ElfCore(source) { Machine = header.Machine, Flags = header.Flags };
        core._noteBytesLeft = Math.Min(ElfNotes.MostBytes, limits.MaxBlock);
        core.ReadProgramHeaders(header, limits);
        return core;
    }

    private static void CheckKind(string path, in ElfHeader header)
    {
        var machine = ElfMachine.NameOf(header.Machine);
        switch (header.Type)
        {
            case ElfHeader.Relocatable:
                throw new DumpException($"{path} is an ELF object file (a kernel module?), not a dump.");
            case ElfHeader.Executable or ElfHeader.SharedObject:
                throw new DumpException($"{path} is an ELF executable (a vmlinux?), not a dump; name the dump too.");
            case not ElfHeader.Core:
                throw new DumpException($"{path} is an ELF file of type {header.Type}, not a dump (type 4, core).");
        }
        if (header.IsBigEndian)
            throw new DumpException(
                $"{path} is a dump of a big-endian machine ({machine}); Panicle reads dumps of little-endian 64-bit machines.");
        if (!header.Is64Bit)
            throw new DumpException(
                $"{path} is a 32-bit dump ({machine}); Panicle reads dumps of little-endian 64-bit machines.");
    }

    private void ReadProgramHeaders(in ElfHeader header, Limits limits)
    {
        const int EntrySize = ElfProgramHeader.Bytes;
        var offset = header.ProgramHeaders;
        long count = header.ProgramHeaderCount;
        if (count == ElfHeader.Elsewhere)
            count = CountElsewhere(header.SectionHeaders) ?? count;
        if (header.ProgramHeaderBytes is not EntrySize and var entry)
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
                Add(ElfProgramHeader.Read(bytes.AsSpan(i * EntrySize, EntrySize)));
            done += got;
            if (got == wanted)
                continue;
            Problems.Add($"{_source.Path} ends inside its {count} program headers: only {done} can be read");
            break;
        }
    }

    private long? CountElsewhere(long sections)
    {
        Span<byte> section = stackalloc byte[ElfSectionHeader.Bytes];
        return sections > 0 && _source.TryFill(sections, section) ? ElfSectionHeader.Read(section).Info : null;
    }

    private void Add(in ElfProgramHeader header)
    {
        if (header.Type == ElfProgramHeader.Load)
            Loads.Add(header);
        else if (header.Type == ElfProgramHeader.Note && header.FileSize > 0)
            ReadNotes(header.Offset, header.FileSize);
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
            Problems.Add(
                $"{_source.Path}: the note at offset 0x{offset + broken:x} makes no sense; it and those after it are lost");
    }
}
