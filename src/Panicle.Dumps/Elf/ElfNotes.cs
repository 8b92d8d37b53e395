using System.Buffers.Binary;
using System.Text;

namespace Panicle.Dumps.Elf;

/// <summary>
/// A PT_NOTE segment's content: notes one after another, each a 12-byte header (name size, descriptor size, type;
/// little-endian), the name and the descriptor, both padded to four bytes (elf(5), "Notes").
/// </summary>
internal static class ElfNotes
{
    private const int HeaderSize = 12;

    /// <summary>Most bytes of notes that are read; the registers of a hundred thousand CPUs.</summary>
    public const int MostBytes = 64 * 1024 * 1024;

    /// <summary>More than any machine has; keeps a damaged dump from costing memory.</summary>
    private const int MostNotes = 1 << 18;

    /// <summary>Longest VMCOREINFO text that is believed; the kernel keeps it in one page.</summary>
    public const int MostVmcoreInfo = 1024 * 1024;

    /// <summary>Adds the notes found in <paramref name="data"/> up to its end or the first one that makes no sense.</summary>
    /// <returns>Offset in <paramref name="data"/> of the note that makes no sense, or −1.</returns>
    public static int Parse(ReadOnlyMemory<byte> data, List<ElfNote> notes)
    {
        var at = 0;
        while (data.Length - at >= HeaderSize && notes.Count < MostNotes)
        {
            var header = data.Span[at..];
            long nameSize = BinaryPrimitives.ReadUInt32LittleEndian(header);
            long size = BinaryPrimitives.ReadUInt32LittleEndian(header[4..]);
            var type = BinaryPrimitives.ReadUInt32LittleEndian(header[8..]);
            if (nameSize == 0 && size == 0 && type == 0)
                return -1; // padding: the rest of a buffer that wasn't filled
            var name = at + HeaderSize;
            var content = name + Pad(nameSize);
            if (nameSize > 256 || content + size > data.Length)
                return at;
            notes.Add(new ElfNote(ReadName(data.Span.Slice(name, (int)nameSize)), type, data.Slice((int)content, (int)size)));
            at = (int)Math.Min(content + Pad(size), data.Length);
        }
        return -1;
    }

    /// <summary>The kernel's note to dump tools among the notes, or null.</summary>
    public static VmcoreInfo? FindVmcoreInfo(List<ElfNote> notes)
    {
        foreach (var note in notes)
        {
            if (note.Name == "VMCOREINFO" && note.Descriptor.Length > 0)
                return new VmcoreInfo(note.Descriptor.Span[..Math.Min(MostVmcoreInfo, note.Descriptor.Length)]);
        }
        return null;
    }

    /// <summary>How many CPUs left their registers, or null if none did.</summary>
    public static int? CountCpus(List<ElfNote> notes)
    {
        var count = notes.Count(static note => note is { Name: "CORE", Type: ElfNote.PrStatus });
        return count > 0 ? count : null;
    }

    private static long Pad(long size) => (size + 3) & ~3L;

    private static string ReadName(ReadOnlySpan<byte> name)
    {
        var end = name.IndexOf((byte)0);
        return Encoding.Latin1.GetString(end < 0 ? name : name[..end]);
    }
}
