using System.Buffers.Binary;
using System.Text;

namespace Panicle.Formats.Elf;

/// <summary>
/// Notes as a PT_NOTE segment or an SHT_NOTE section has them: one after another, each a 12-byte header (name size, descriptor
/// size, type; little-endian), the name and the descriptor, both padded to four bytes (elf(5), "Notes").
/// </summary>
public static class ElfNotes
{
    /// <summary>Most bytes of notes that are read; the registers of a hundred thousand CPUs.</summary>
    public const int MostBytes = 64 * 1024 * 1024;

    private const int HeaderBytes = 12;
    private const int LongestName = 256;

    // More than any machine has; keeps a damaged file from costing memory.
    private const int MostNotes = 1 << 18;

    /// <summary>Adds the notes found in <paramref name="data"/> up to its end or the first one that makes no sense.</summary>
    /// <returns>Offset in <paramref name="data"/> of the note that makes no sense, or −1.</returns>
    public static int Parse(ReadOnlyMemory<byte> data, List<ElfNote> notes)
    {
        var at = 0;
        while (data.Length - at >= HeaderBytes && notes.Count < MostNotes)
        {
            var header = data.Span[at..];
            long nameSize = BinaryPrimitives.ReadUInt32LittleEndian(header);
            long size = BinaryPrimitives.ReadUInt32LittleEndian(header[4..]);
            var type = BinaryPrimitives.ReadUInt32LittleEndian(header[8..]);
            if (nameSize == 0 && size == 0 && type == 0)
                return -1; // padding: the rest of a buffer that wasn't filled
            var name = at + HeaderBytes;
            var content = name + Pad(nameSize);
            if (nameSize > LongestName || content + size > data.Length)
                return at;
            var owner = ReadName(data.Span.Slice(name, (int)nameSize));
            notes.Add(new ElfNote(owner, type, data.Slice((int)content, (int)size)));
            at = (int)Math.Min(content + Pad(size), data.Length);
        }
        return -1;
    }

    /// <summary>The descriptor of the first note of this owner and type; empty if there is none.</summary>
    public static ReadOnlyMemory<byte> Find(ReadOnlyMemory<byte> notes, string owner, uint type)
    {
        var all = new List<ElfNote>();
        Parse(notes, all);
        foreach (var note in all)
        {
            if (note.Type == type && note.Name == owner)
                return note.Descriptor;
        }
        return default;
    }

    /// <summary>The notes as bytes, in their order.</summary>
    public static byte[] Write(IEnumerable<ElfNote> notes) => Write(notes, out _);

    /// <summary>The notes as bytes, in their order.</summary>
    /// <param name="notes">The notes.</param>
    /// <param name="descriptors">Where each note's descriptor lies in the result.</param>
    public static byte[] Write(IEnumerable<ElfNote> notes, out IReadOnlyList<int> descriptors)
    {
        var places = new List<int>();
        descriptors = places;
        var output = new MemoryStream();
        Span<byte> header = stackalloc byte[HeaderBytes];
        foreach (var note in notes)
        {
            var name = Encoding.Latin1.GetBytes(note.Name + "\0");
            BinaryPrimitives.WriteInt32LittleEndian(header, name.Length);
            BinaryPrimitives.WriteInt32LittleEndian(header[4..], note.Descriptor.Length);
            BinaryPrimitives.WriteUInt32LittleEndian(header[8..], note.Type);
            output.Write(header);
            output.Write(name);
            Pad(output);
            places.Add((int)output.Position);
            output.Write(note.Descriptor.Span);
            Pad(output);
        }
        return output.ToArray();
    }

    private static long Pad(long size) => (size + 3) & ~3L;

    private static void Pad(MemoryStream output) => output.SetLength(output.Position = Pad(output.Position));

    private static string ReadName(ReadOnlySpan<byte> name)
    {
        var end = name.IndexOf((byte)0);
        return Encoding.Latin1.GetString(end < 0 ? name : name[..end]);
    }
}
