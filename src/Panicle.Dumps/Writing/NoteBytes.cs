using System.Buffers.Binary;
using System.Text;

namespace Panicle.Dumps.Writing;

/// <summary>ELF notes as a PT_NOTE segment or a kdump sub-header has them (elf(5), "Notes").</summary>
internal static class NoteBytes
{
    /// <summary>The notes one after another; <paramref name="infoAt"/> and <paramref name="infoSize"/> say where the VMCOREINFO text lies in them (size 0: nowhere).</summary>
    public static byte[] Make(IEnumerable<ElfNote> notes, out int infoAt, out int infoSize)
    {
        var output = new MemoryStream();
        Span<byte> header = stackalloc byte[12];
        infoAt = infoSize = 0;
        foreach (var note in notes)
        {
            var name = Encoding.Latin1.GetBytes(note.Name + "\0");
            BinaryPrimitives.WriteInt32LittleEndian(header, name.Length);
            BinaryPrimitives.WriteInt32LittleEndian(header[4..], note.Descriptor.Length);
            BinaryPrimitives.WriteUInt32LittleEndian(header[8..], note.Type);
            output.Write(header);
            output.Write(name);
            Pad(output);
            if (note.Name == "VMCOREINFO" && infoSize == 0)
                (infoAt, infoSize) = ((int)output.Position, note.Descriptor.Length);
            output.Write(note.Descriptor.Span);
            Pad(output);
        }
        return output.ToArray();
    }

    private static void Pad(MemoryStream output) => output.SetLength(output.Position = (output.Position + 3) & ~3L);
}
