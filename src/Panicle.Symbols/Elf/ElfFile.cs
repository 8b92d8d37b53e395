using System.Buffers.Binary;
using System.Text;
using Panicle.Dumps;

namespace Panicle.Symbols.Elf;

/// <summary>
/// A 64-bit little-endian ELF file: a vmlinux, or a module's <c>.ko</c> (the System V ABI; elf(5)). It reads headers and the section
/// table; a section's data is read when it is asked for. Nothing in the file is trusted. Thread-safe.
/// </summary>
public sealed class ElfFile : IDisposable
{
    internal const ushort Relocatable = 1;

    private const int HeaderBytes = 64;
    private const int SectionBytes = 64;
    private const int MaxSections = 100_000;
    private const string GnuNote = "GNU";
    private const uint BuildIdNote = 3;

    private readonly Stream _stream;
    private readonly Lock _lock = new();
    private readonly Limits _limits;
    private readonly Lazy<string?> _buildId;

    private ElfFile(Stream stream, Limits limits, ushort machine, ushort type)
    {
        _stream = stream;
        _limits = limits;
        Machine = machine;
        Type = type;
        _buildId = new(ReadBuildId);
    }

    /// <summary>ELF machine number: 62 x86-64, 183 AArch64, 243 RISC-V.</summary>
    public ushort Machine { get; }

    /// <summary>ELF type: 1 an object file (a module), 2 a program (vmlinux), 3 position-independent.</summary>
    public ushort Type { get; }

    /// <summary>The sections in file order, without the empty first one; none if the file has been stripped of them.</summary>
    public IReadOnlyList<ElfSection> Sections { get; private set; } = [];

    /// <summary>The build ID in lower-case hex, or null if the file has none.</summary>
    public string? BuildId => _buildId.Value;

    /// <summary>Opens a file; null with the reason if it isn't such an ELF file.</summary>
    public static ElfFile? TryOpen(string path, Limits limits, out string? why)
    {
        try
        {
            return TryOpen(File.OpenRead(path), limits, out why);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            why = e.Message;
            return null;
        }
    }

    /// <summary>Opens a seekable stream, which the ELF file then owns; null with the reason if it isn't such an ELF file.</summary>
    public static ElfFile? TryOpen(Stream stream, Limits limits, out string? why)
    {
        var header = new byte[HeaderBytes];
        why = null;
        if (stream.Length < HeaderBytes || !TryRead(stream, 0, header))
            why = "the file is too short to be an ELF file";
        else if (!header.AsSpan().StartsWith("\u007fELF"u8))
            why = "the file isn't an ELF file";
        else if (header[4] != 2 || header[5] != 1)
            why = "the ELF file isn't 64-bit little-endian";
        if (why is not null)
        {
            stream.Dispose();
            return null;
        }
        var machine = BinaryPrimitives.ReadUInt16LittleEndian(header.AsSpan(18));
        var type = BinaryPrimitives.ReadUInt16LittleEndian(header.AsSpan(16));
        var file = new ElfFile(stream, limits, machine, type);
        file.Sections = file.ReadSections(header);
        return file;
    }

    /// <summary>The first section of this name, or null.</summary>
    public ElfSection? Section(string name)
    {
        foreach (var section in Sections)
            if (section.Name == name)
                return section;
        return null;
    }

    /// <summary>A section's data; empty for one that has none in the file, null if the file ends before it or it is beyond the limits.</summary>
    public byte[]? Read(in ElfSection section)
    {
        if (section.Type == ElfSection.NoBits)
            return [];
        if (section.Size > (ulong)_limits.MaxBlock)
            return null;
        var data = new byte[section.Size];
        return TryRead(section, 0, data) ? data : null;
    }

    /// <summary>Reads a part of a section; false if it doesn't lie wholly inside the section and the file.</summary>
    public bool TryRead(in ElfSection section, ulong offset, Span<byte> buffer)
    {
        if (section.Type == ElfSection.NoBits || offset > section.Size || (ulong)buffer.Length > section.Size - offset)
            return false;
        lock (_lock)
            return TryRead(_stream, section.Offset + offset, buffer);
    }

    /// <inheritdoc/>
    public void Dispose() => _stream.Dispose();

    private static bool TryRead(Stream stream, ulong offset, Span<byte> buffer)
    {
        try
        {
            if (offset > (ulong)stream.Length || (ulong)buffer.Length > (ulong)stream.Length - offset)
                return false;
            stream.Position = (long)offset;
            return stream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false) == buffer.Length;
        }
        catch (IOException)
        {
            return false;
        }
    }

    private List<ElfSection> ReadSections(byte[] header)
    {
        var table = BinaryPrimitives.ReadUInt64LittleEndian(header.AsSpan(40));
        var size = BinaryPrimitives.ReadUInt16LittleEndian(header.AsSpan(58));
        ulong count = BinaryPrimitives.ReadUInt16LittleEndian(header.AsSpan(60));
        uint names = BinaryPrimitives.ReadUInt16LittleEndian(header.AsSpan(62));
        var first = new byte[SectionBytes];
        if (table == 0 || size != SectionBytes || !TryRead(_stream, table, first))
            return [];
        // Counts that don't fit the header's 16 bits are kept in the first, unused section.
        if (count == 0)
            count = BinaryPrimitives.ReadUInt64LittleEndian(first.AsSpan(32));
        if (names == 0xffff)
            names = BinaryPrimitives.ReadUInt32LittleEndian(first.AsSpan(40));
        var bytes = new byte[Math.Min(count, MaxSections) * SectionBytes];
        if (count > MaxSections || !TryRead(_stream, table, bytes))
            return [];
        return Parse(bytes, names);
    }

    private List<ElfSection> Parse(byte[] bytes, uint names)
    {
        var count = bytes.Length / SectionBytes;
        byte[] text = names < count ? Read(SectionAt(bytes, (int)names, [])) ?? [] : [];
        var sections = new List<ElfSection>(count);
        for (var i = 1; i < count; i++)
            sections.Add(SectionAt(bytes, i, text));
        return sections;
    }

    private static ElfSection SectionAt(ReadOnlySpan<byte> table, int index, ReadOnlySpan<byte> names)
    {
        var bytes = table.Slice(index * SectionBytes, SectionBytes);
        var name = ElfSymbol.Text(names, BinaryPrimitives.ReadUInt32LittleEndian(bytes));
        return new ElfSection(
            Encoding.UTF8.GetString(name),
            BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]),
            BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..]),
            BinaryPrimitives.ReadUInt64LittleEndian(bytes[16..]),
            BinaryPrimitives.ReadUInt64LittleEndian(bytes[24..]),
            BinaryPrimitives.ReadUInt64LittleEndian(bytes[32..]),
            BinaryPrimitives.ReadUInt32LittleEndian(bytes[40..]),
            BinaryPrimitives.ReadUInt64LittleEndian(bytes[56..]));
    }

    private string? ReadBuildId()
    {
        const int largestNotes = 1024 * 1024;
        foreach (var section in Sections)
        {
            if (section.Type != ElfSection.Notes || section.Size > largestNotes || Read(section) is not { } notes)
                continue;
            if (ElfNotes.Find(notes, GnuNote, BuildIdNote) is { Length: > 0 } id)
                return Convert.ToHexStringLower(id.Span);
        }
        return null;
    }
}
