using System.Text;

namespace Panicle.Formats.Elf;

/// <summary>
/// A 64-bit little-endian ELF file: a vmlinux, or a module's <c>.ko</c> (the System V ABI; elf(5)). It reads headers and the
/// section table; a section's data is read when it is asked for. Nothing in the file is trusted. Thread-safe.
/// </summary>
public sealed class ElfFile : IDisposable
{
    private const int SectionBytes = ElfSectionHeader.Bytes;
    private const int MaxSections = 100_000;
    private const int MaxSegments = 4096;
    private const int LargestNotes = 1024 * 1024;

    private readonly Stream _stream;
    private readonly Lock _lock = new();
    private readonly Limits _limits;
    private readonly Lazy<string?> _buildId;
    private readonly ElfHeader _header;

    private ElfFile(Stream stream, Limits limits, in ElfHeader header)
    {
        _stream = stream;
        _limits = limits;
        _header = header;
        _buildId = new(ReadBuildId);
    }

    /// <summary>ELF machine number: see <see cref="ElfMachine"/>.</summary>
    public ushort Machine => _header.Machine;

    /// <summary>ELF type: 1 an object file (a module), 2 a program (vmlinux), 3 position-independent.</summary>
    public ushort Type => _header.Type;

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

    /// <summary>
    /// Opens a seekable stream, which the ELF file then owns; null with the reason if it isn't such an ELF file.
    /// </summary>
    public static ElfFile? TryOpen(Stream stream, Limits limits, out string? why)
    {
        var bytes = new byte[ElfHeader.Bytes];
        why = null;
        if (stream.Length < bytes.Length || !TryRead(stream, 0, bytes))
            why = "the file is too short to be an ELF file";
        else if (!ElfHeader.IsElf(bytes))
            why = "the file isn't an ELF file";
        if (!ElfHeader.TryRead(bytes, out var header) || !header.Is64Bit || header.IsBigEndian)
            why ??= "the ELF file isn't 64-bit little-endian";
        if (why is not null)
        {
            stream.Dispose();
            return null;
        }
        var file = new ElfFile(stream, limits, header);
        file.Sections = file.ReadSections();
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

    /// <summary>
    /// A section's data; empty for one that has none in the file, null if the file ends before it or it is beyond the limits.
    /// </summary>
    public byte[]? Read(in ElfSection section)
    {
        if (section.Type == ElfSectionHeader.NoBits)
            return [];
        if (section.Size > (ulong)_limits.MaxBlock)
            return null;
        var data = new byte[section.Size];
        return TryRead(section, 0, data) ? data : null;
    }

    /// <summary>Reads a part of a section; false if it doesn't lie wholly inside the section and the file.</summary>
    public bool TryRead(in ElfSection section, ulong offset, Span<byte> buffer)
    {
        if (section.Type == ElfSectionHeader.NoBits || offset > section.Size || (ulong)buffer.Length > section.Size - offset)
            return false;
        return TryRead(section.Offset + offset, buffer);
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

    private List<ElfSection> ReadSections()
    {
        var header = _header;
        var table = (ulong)header.SectionHeaders;
        var first = new byte[SectionBytes];
        if (table == 0 || header.SectionHeaderBytes != SectionBytes || !TryRead(_stream, table, first))
            return [];
        // Counts that don't fit the header's 16 bits are kept in the first, unused section.
        var rest = ElfSectionHeader.Read(first);
        var count = header.SectionHeaderCount == 0 ? rest.Size : header.SectionHeaderCount;
        var names = header.NameSection == ElfHeader.Elsewhere ? rest.Link : header.NameSection;
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
        var header = ElfSectionHeader.Read(table[(index * SectionBytes)..]);
        var name = Encoding.UTF8.GetString(ElfSymbol.Text(names, header.Name));
        return new ElfSection(
            name, header.Type, header.Flags, header.Address, header.Offset, header.Size, header.Link, header.EntrySize);
    }

    private string? ReadBuildId()
    {
        foreach (var section in Sections)
        {
            if (section.Type == ElfSectionHeader.Notes && section.Size <= LargestNotes && Read(section) is { } notes
                && Elf.BuildId.InNotes(notes) is { } id)
                return id;
        }
        return ReadBuildIdOfSegments();
    }

    // A file that was stripped of its sections still has the segment that they were in.
    private string? ReadBuildIdOfSegments()
    {
        var count = Math.Min(_header.ProgramHeaderCount, (ushort)MaxSegments);
        var segment = new byte[ElfProgramHeader.Bytes];
        for (var i = 0; i < count && _header.ProgramHeaders > 0; i++)
        {
            if (!TryRead((ulong)_header.ProgramHeaders + (ulong)(i * segment.Length), segment))
                return null;
            if (ElfProgramHeader.Read(segment) is not { Type: ElfProgramHeader.Note, FileSize: <= LargestNotes } note)
                continue;
            var notes = new byte[note.FileSize];
            if (TryRead((ulong)note.Offset, notes) && Elf.BuildId.InNotes(notes) is { } id)
                return id;
        }
        return null;
    }

    private bool TryRead(ulong offset, Span<byte> buffer)
    {
        lock (_lock)
            return TryRead(_stream, offset, buffer);
    }
}
