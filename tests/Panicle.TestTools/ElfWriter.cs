using System.Buffers.Binary;
using Panicle.Dumps;
using Panicle.Formats.Elf;

namespace Panicle.TestTools;

/// <summary>
/// Writes part of a dump's memory as an ELF core, as makedumpfile -E (kernel notes) or QEMU does (no virtual addresses).
/// </summary>
public static class ElfWriter
{
    private const int Page = 4096;
    private const ulong DirectMap = 0xffff888000000000;

    /// <summary>Writes a file; the gaps between pages are excluded tails of the segments before them.</summary>
    /// <param name="source">Where memory and notes come from.</param>
    /// <param name="pages">The page frames to put in, ascending.</param>
    /// <param name="qemu">Whether to leave out virtual addresses and add a QEMU note.</param>
    public static byte[] Write(DumpFile source, IReadOnlyList<ulong> pages, bool qemu = false)
    {
        var runs = Runs(pages);
        var notes = KdumpWriter.NoteBytes(qemu
            ? source.Notes.Where(note => note.Name == "CORE").Append(new ElfNote("QEMU", 0, new byte[432]))
            : source.Notes);
        var headers = 64 + (56 * (runs.Count + 1));
        var output = new MemoryStream();
        output.Write(Header(source, runs.Count + 1));
        output.Write(ProgramHeader(4, headers, 0, 0, (ulong)notes.Length, (ulong)notes.Length));
        var offset = (headers + notes.Length + Page - 1) / Page * Page;
        for (var i = 0; i < runs.Count; i++)
        {
            var (first, count) = runs[i];
            var end = qemu || i + 1 == runs.Count ? first + count : runs[i + 1].First;
            output.Write(ProgramHeader(
                1, offset, qemu ? 0 : DirectMap + (first * Page), first * Page, count * Page, (end - first) * Page));
            offset += (int)count * Page;
        }
        output.Write(notes);
        output.SetLength(output.Position = (output.Position + Page - 1) / Page * Page);
        var content = new byte[Page];
        foreach (var page in pages)
        {
            if (!source.TryRead(page * Page, content, out var fault))
                throw new InvalidOperationException(fault.ToString());
            output.Write(content);
        }
        return output.ToArray();
    }

    private static List<(ulong First, ulong Count)> Runs(IReadOnlyList<ulong> pages)
    {
        var runs = new List<(ulong First, ulong Count)>();
        foreach (var page in pages)
        {
            if (runs.Count > 0 && runs[^1].First + runs[^1].Count == page)
                runs[^1] = (runs[^1].First, runs[^1].Count + 1);
            else
                runs.Add((page, 1));
        }
        return runs;
    }

    private static byte[] Header(DumpFile source, int programHeaders)
    {
        var header = new byte[64];
        ((ReadOnlySpan<byte>)[0x7f, (byte)'E', (byte)'L', (byte)'F', 2, 1, 1]).CopyTo(header);
        Put(header, 16, 4, 2);
        Put(header, 18, source.Header.Machine, 2);
        Put(header, 20, 1, 4);
        Put(header, 32, 64, 8);
        Put(header, 52, 64, 2);
        Put(header, 54, 56, 2);
        Put(header, 56, (ulong)programHeaders, 2);
        return header;
    }

    private static byte[] ProgramHeader(
        uint type, long offset, ulong virtualAddress, ulong physical, ulong fileSize, ulong memorySize)
    {
        var header = new byte[56];
        Put(header, 0, type, 4);
        Put(header, 4, 7, 4);
        Put(header, 8, (ulong)offset, 8);
        Put(header, 16, virtualAddress, 8);
        Put(header, 24, physical, 8);
        Put(header, 32, fileSize, 8);
        Put(header, 40, memorySize, 8);
        return header;
    }

    private static void Put(byte[] bytes, int at, ulong value, int size)
    {
        Span<byte> all = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(all, value);
        all[..size].CopyTo(bytes.AsSpan(at));
    }
}
