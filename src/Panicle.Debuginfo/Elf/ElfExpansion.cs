using System.Buffers.Binary;
using System.IO.Compression;
using Microsoft.Win32.SafeHandles;
using Panicle.Formats.Compression;
using Panicle.Formats.Elf;
using Panicle.Formats.Streams;

namespace Panicle.Debuginfo.Elf;

/// <summary>
/// An ELF file with its compressed sections as they were before: for tools that read no compressed sections, and for mapping. Its
/// length is known before anything is decoded, and any part of it can be written.
/// </summary>
internal sealed class ElfExpansion : IDisposable
{
    private const int CompressionHeaderBytes = 24; // Elf64_Chdr
    private const uint Zlib = 1;
    private const uint Zstd = 2;
    private const ulong MostBytes = 1UL << 36;
    private const ulong MostRatio = 1 << 16;

    private readonly SafeFileHandle _file;
    private readonly List<Piece> _pieces = [];

    private ElfExpansion(SafeFileHandle file) => _file = file;

    /// <summary>The length in bytes of the whole file.</summary>
    public long Length { get; private set; }

    /// <summary>How many bytes of it are compressed in the file.</summary>
    public long Decoded { get; private set; }

    /// <exception cref="InvalidDataException">It is no such ELF file, or damaged.</exception>
    public static ElfExpansion Open(string path)
    {
        var file = File.OpenHandle(path);
        try
        {
            var expansion = new ElfExpansion(file);
            expansion.Plan(ElfLayout.Read(file));
            return expansion;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>
    /// One section's bytes, decoded: where they are and how many.
    /// Null if there is none of the name, or it has no bytes in the file.
    /// </summary>
    public static ElfExpansion? OpenSection(string path, string name)
    {
        var file = File.OpenHandle(path);
        try
        {
            var layout = ElfLayout.Read(file);
            foreach (var section in layout.Sections)
            {
                if (!section.HasBytes || layout.NameOf(section) != name)
                    continue;
                var expansion = new ElfExpansion(file);
                expansion.Add(section);
                return expansion;
            }
        }
        catch
        {
            file.Dispose();
            throw;
        }
        file.Dispose();
        return null;
    }

    /// <summary>Writes a part of the file.</summary>
    public void CopyTo(Stream output, long from, long count, CancellationToken cancellation = default)
    {
        var buffer = new byte[1 << 18];
        foreach (var piece in _pieces)
        {
            var start = Math.Max(from, piece.Start);
            var end = Math.Min(from + count, piece.Start + piece.Length);
            if (start >= end)
                continue;
            using var bytes = piece.Open(_file, start - piece.Start);
            for (var left = end - start; left > 0;)
            {
                cancellation.ThrowIfCancellationRequested();
                var read = bytes.Read(buffer, 0, (int)Math.Min(left, buffer.Length));
                if (read == 0)
                    throw new InvalidDataException("the section's compressed data is damaged");
                output.Write(buffer, 0, read);
                left -= read;
            }
        }
    }

    /// <summary>Writes all of it.</summary>
    public void CopyTo(Stream output, CancellationToken cancellation = default) => CopyTo(output, 0, Length, cancellation);

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private void Plan(ElfLayout layout)
    {
        var header = layout.Header.ToArray();
        Add(new Piece(0, header.Length, header));
        AddStored(header.Length, layout.HeadEnd - header.Length);
        var sections = layout.Sections;
        for (var i = 1; i < sections.Length; i++)
        {
            ref var section = ref sections[i];
            if (!section.HasBytes || (long)section.Offset < layout.HeadEnd)
                continue;
            var alignment = Add(section, out var start);
            if (section.IsCompressed)
                (section.Flags, section.Alignment) = (section.Flags & ~ElfSectionHeader.Compressed, alignment);
            section.Offset = (ulong)start;
            section.Size = (ulong)(Length - start);
        }
        Pad(8);
        BinaryPrimitives.WriteInt64LittleEndian(header.AsSpan(40), Length);
        var table = new byte[sections.Length * ElfSectionHeader.Bytes];
        for (var i = 0; i < sections.Length; i++)
            sections[i].Write(table.AsSpan(i * ElfSectionHeader.Bytes));
        Add(new Piece(Length, table.Length, table));
    }

    private void Add(in ElfSectionHeader section) => _ = Add(section, out _);

    private ulong Add(in ElfSectionHeader section, out long start)
    {
        if (!section.IsCompressed)
        {
            if (_pieces.Count > 0)
                Pad(section.Alignment);
            start = Length;
            AddStored((long)section.Offset, (long)section.Size);
            return section.Alignment;
        }
        var header = new byte[CompressionHeaderBytes];
        if (section.Size < CompressionHeaderBytes || RandomAccess.Read(_file, header, (long)section.Offset) < header.Length)
            throw new InvalidDataException("a compressed section is too short for its header");
        var kind = BinaryPrimitives.ReadUInt32LittleEndian(header);
        var size = BinaryPrimitives.ReadUInt64LittleEndian(header.AsSpan(8));
        if (kind is not (Zlib or Zstd) || size > MostBytes || size / MostRatio > section.Size)
            throw new InvalidDataException("a compressed section's header makes no sense");
        var alignment = BinaryPrimitives.ReadUInt64LittleEndian(header.AsSpan(16));
        if (_pieces.Count > 0)
            Pad(alignment);
        start = Length;
        Decoded += (long)size;
        Add(new Piece(Length, (long)size, null, (long)section.Offset + CompressionHeaderBytes,
            (long)section.Size - CompressionHeaderBytes, kind));
        return alignment;
    }

    private void AddStored(long offset, long length)
    {
        if (length > 0)
            Add(new Piece(Length, length, null, offset, length));
    }

    private void Pad(ulong alignment)
    {
        var step = (long)Math.Clamp(alignment, 1, 4096);
        var missing = (int)((step - Length % step) % step);
        if (missing > 0)
            Add(new Piece(Length, missing, new byte[missing]));
    }

    private void Add(Piece piece)
    {
        _pieces.Add(piece);
        Length += piece.Length;
    }

    /// <summary>A part of the expanded file: literal bytes, a part of the file as it is, or one that is decoded.</summary>
    private sealed record Piece(long Start, long Length, byte[]? Bytes, long Offset = 0, long Stored = 0, uint Kind = 0)
    {
        public Stream Open(SafeFileHandle file, long skip)
        {
            if (Bytes is not null)
                return new MemoryStream(Bytes) { Position = skip };
            if (Kind == 0)
                return new FilePart(file, Offset + skip, Stored - skip);
            var part = new FilePart(file, Offset, Stored);
            Stream stream = Kind == Zstd ? new ZstdStream(part) : new ZLibStream(part, CompressionMode.Decompress);
            var waste = new byte[1 << 16];
            while (skip > 0 && stream.Read(waste, 0, (int)Math.Min(skip, waste.Length)) is > 0 and var read)
                skip -= read;
            return stream;
        }
    }
}
