using System.Buffers.Binary;
using System.Text;

namespace Panicle.Kdump.Tests;

/// <summary>An ELF file of nothing but what a loader reads of it before it starts a program.</summary>
internal static class ElfSketch
{
    private const int HeaderBytes = 64;
    private const int SegmentBytes = 56;
    private const int Segments = 3;

    /// <summary>Makes one. Everything lies at the address that is its offset.</summary>
    public static byte[] Make(string[] needed, string? interpreter = null, string? runPath = null, ushort machine = 62)
    {
        var strings = new MemoryStream();
        strings.WriteByte(0);
        var entries = new List<(ulong Tag, ulong Value)>();
        foreach (var name in needed)
            entries.Add((1, Text(name)));
        if (runPath is not null)
            entries.Add((29, Text(runPath)));
        var interpreterAt = Text(interpreter ?? "");
        const int TableAt = HeaderBytes + Segments * SegmentBytes;
        var stringsAt = (ulong)(TableAt + (entries.Count + 2) * 16);
        entries.Add((5, stringsAt));
        entries.Add((0, 0));
        var bytes = new byte[(int)stringsAt + (int)strings.Length];
        byte[] start = [0x7f, (byte)'E', (byte)'L', (byte)'F', 2, 1, 1];
        start.CopyTo(bytes, 0);
        Half(16, 3); // ET_DYN
        Half(18, machine);
        Word(20, 1);
        Long(32, HeaderBytes);
        Half(52, HeaderBytes);
        Half(54, SegmentBytes);
        Half(56, Segments);
        Segment(0, 1, 0, (ulong)bytes.Length); // PT_LOAD
        Segment(1, 2, TableAt, (ulong)entries.Count * 16); // PT_DYNAMIC
        if (interpreter is not null)
            Segment(2, 3, stringsAt + interpreterAt, (ulong)interpreter.Length + 1); // PT_INTERP
        for (var i = 0; i < entries.Count; i++)
        {
            Long(TableAt + i * 16, entries[i].Tag);
            Long(TableAt + i * 16 + 8, entries[i].Value);
        }
        strings.ToArray().CopyTo(bytes, (int)stringsAt);
        return bytes;

        ulong Text(string text)
        {
            var at = (ulong)strings.Length;
            strings.Write(Encoding.UTF8.GetBytes($"{text}\0"));
            return at;
        }

        void Half(int at, ushort value) => BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(at), value);
        void Word(int at, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(at), value);
        void Long(int at, ulong value) => BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(at), value);
        void Segment(int index, uint type, ulong offset, ulong length)
        {
            var at = HeaderBytes + index * SegmentBytes;
            Word(at, type);
            Long(at + 8, offset);
            Long(at + 16, offset);
            Long(at + 32, length);
            Long(at + 40, length);
        }
    }
}
