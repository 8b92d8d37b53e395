using System.Buffers.Binary;
using System.Text;
using Panicle.Dumps;
using Panicle.Formats.Elf;

namespace Panicle.TestTools;

/// <summary>What a written kdump-compressed file is to look like.</summary>
public sealed record KdumpOptions
{
    /// <summary>Header version, 1 to 6.</summary>
    public int Version { get; init; } = 6;

    /// <summary>How pages are stored.</summary>
    public Compression Compression { get; init; } = Compression.Zstd;

    /// <summary>The range of page frames whose data the file has, if it is one of a split set.</summary>
    public (ulong First, ulong End)? Split { get; init; }

    /// <summary>Extra bits for the header's status (8: incomplete).</summary>
    public uint Status { get; init; }
}

/// <summary>
/// Writes part of a dump's memory as a small kdump-compressed file in the layout of makedumpfile: headers, notes, two
/// bitmaps, descriptors, one page of zeros for all zero pages, page data.
/// </summary>
public static class KdumpWriter
{
    private const int Block = 4096;

    /// <param name="source">Where memory, headers and notes come from.</param>
    /// <param name="pages">The page frames to put in, ascending.</param>
    /// <param name="options">What the file is to look like.</param>
    public static byte[] Write(DumpFile source, IReadOnlyList<ulong> pages, KdumpOptions options)
    {
        var frames = source.Limit / Block;
        var bitmapBytes = (int)((((frames + 7) / 8) + Block - 1) / Block * Block);
        var notes = options.Version >= 4 ? NoteBytes(source.Notes) : [];
        var info = options.Version >= 3 ? InfoBytes(source) : [];
        var subBlocks = (104 + notes.Length + info.Length + Block - 1) / Block;
        var output = new MemoryStream();
        output.Write(MainHeader(source, options, subBlocks, 2 * bitmapBytes / Block, frames));
        output.Write(SubHeader(source, options, notes.Length, info.Length, frames));
        output.Write(notes);
        output.Write(info);
        output.SetLength(output.Position = (1 + subBlocks) * Block);
        output.Write(Bitmap(bitmapBytes, frames, page => source.StateOf(page * Block) != PageState.Hole));
        var dumped = pages.ToHashSet();
        output.Write(Bitmap(bitmapBytes, frames, dumped.Contains));
        WritePages(output, source,
            [.. pages.Where(page => options.Split is not { } split || (page >= split.First && page < split.End))], options);
        return output.ToArray();
    }

    /// <summary>The notes as a PT_NOTE segment or a kdump sub-header has them.</summary>
    public static byte[] NoteBytes(IEnumerable<ElfNote> notes)
    {
        var output = new MemoryStream();
        Span<byte> header = stackalloc byte[12];
        foreach (var note in notes)
        {
            var name = Encoding.Latin1.GetBytes(note.Name + "\0");
            BinaryPrimitives.WriteInt32LittleEndian(header, name.Length);
            BinaryPrimitives.WriteInt32LittleEndian(header[4..], note.Descriptor.Length);
            BinaryPrimitives.WriteUInt32LittleEndian(header[8..], note.Type);
            output.Write(header);
            output.Write(name);
            output.SetLength(output.Position = (output.Position + 3) & ~3L);
            output.Write(note.Descriptor.Span);
            output.SetLength(output.Position = (output.Position + 3) & ~3L);
        }
        return output.ToArray();
    }

    private static byte[] InfoBytes(DumpFile source) =>
        source.Notes.FirstOrDefault(note => note.Name == "VMCOREINFO")?.Descriptor.ToArray() ?? [];

    private static byte[] MainHeader(DumpFile source, KdumpOptions options, int subBlocks, int bitmapBlocks, ulong frames)
    {
        var header = new byte[Block];
        "KDUMP   "u8.CopyTo(header);
        Put(header, 8, (uint)options.Version);
        var names = source.Header.Utsname ?? new Utsname("Linux", "", source.VmcoreInfo?.Release ?? "", "", "x86_64", "");
        string[] fields = [names.System, names.Node, names.Release, names.Version, names.Machine, names.Domain];
        for (var i = 0; i < fields.Length; i++)
            Encoding.UTF8.GetBytes(fields[i]).CopyTo(header, 12 + (i * 65));
        PutLong(header, 408, (ulong)new DateTimeOffset(source.Header.WrittenAt
            ?? DateTime.UnixEpoch.AddYears(50)).ToUnixTimeSeconds());
        Put(header, 424, options.Status | (uint)options.Compression);
        Put(header, 428, Block);
        Put(header, 432, (uint)subBlocks);
        Put(header, 436, (uint)bitmapBlocks);
        Put(header, 440, (uint)Math.Min(frames, uint.MaxValue));
        Put(header, 460, (uint)(source.Header.CpuCount ?? 1));
        return header;
    }

    private static byte[] SubHeader(DumpFile source, KdumpOptions options, int noteBytes, int infoBytes, ulong frames)
    {
        var header = new byte[104];
        PutLong(header, 0, source.Header.PhysicalBase ?? 0);
        Put(header, 8, 31);
        if (options.Split is { } split && options.Version >= 2)
        {
            Put(header, 12, 1);
            PutLong(header, 16, split.First);
            PutLong(header, 24, split.End);
            PutLong(header, 80, split.First);
            PutLong(header, 88, split.End);
        }
        if (infoBytes > 0)
        {
            PutLong(header, 32, (ulong)(Block + header.Length + noteBytes));
            PutLong(header, 40, (ulong)infoBytes);
        }
        if (noteBytes > 0)
        {
            PutLong(header, 48, (ulong)(Block + header.Length));
            PutLong(header, 56, (ulong)noteBytes);
        }
        if (options.Version >= 6)
            PutLong(header, 96, frames);
        return header;
    }

    private static byte[] Bitmap(int bytes, ulong frames, Func<ulong, bool> isSet)
    {
        var bitmap = new byte[bytes];
        for (ulong page = 0; page < frames; page++)
        {
            if (isSet(page))
                bitmap[page / 8] |= (byte)(1 << (int)(page & 7));
        }
        return bitmap;
    }

    private static void WritePages(MemoryStream output, DumpFile source, ulong[] pages, KdumpOptions options)
    {
        var descriptors = new byte[pages.Length * 24];
        var zeroAt = output.Position + descriptors.Length;
        var data = new MemoryStream();
        data.Write(new byte[Block]);
        var content = new byte[Block];
        for (var i = 0; i < pages.Length; i++)
        {
            if (!source.TryRead(pages[i] * Block, content, out var fault))
                throw new InvalidOperationException(fault.ToString());
            var zero = !content.AsSpan().ContainsAnyExcept((byte)0);
            var stored = zero ? null : Compressor.Compress(options.Compression, content);
            PutLong(descriptors, i * 24, (ulong)(zero ? zeroAt : zeroAt + data.Position));
            Put(descriptors, (i * 24) + 8, (uint)(stored?.Length ?? Block));
            Put(descriptors, (i * 24) + 12, stored is null ? 0 : (uint)options.Compression);
            if (!zero)
                data.Write(stored ?? content);
        }
        output.Write(descriptors);
        output.Write(data.ToArray());
    }

    private static void Put(byte[] bytes, int at, uint value) =>
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(at), value);

    private static void PutLong(byte[] bytes, int at, ulong value) =>
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(at), value);
}
