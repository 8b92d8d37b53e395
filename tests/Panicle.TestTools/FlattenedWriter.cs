using System.Buffers.Binary;

namespace Panicle.TestTools;

/// <summary>Turns a file into a flattened stream (makedumpfile -F).</summary>
public static class FlattenedWriter
{
    /// <summary>Writes the stream's header.</summary>
    public static void WriteHeader(Stream output)
    {
        var header = new byte[4096];
        "makedumpfile"u8.CopyTo(header);
        BinaryPrimitives.WriteInt64BigEndian(header.AsSpan(16), 1);
        BinaryPrimitives.WriteInt64BigEndian(header.AsSpan(24), 1);
        output.Write(header);
    }

    public static void WriteRecord(Stream output, long offset, ReadOnlySpan<byte> data)
    {
        WriteMark(output, offset, data.Length);
        output.Write(data);
    }

    /// <summary>Writes the end mark.</summary>
    public static void WriteEnd(Stream output) => WriteMark(output, -1, -1);

    /// <summary>Flattens a whole file in records of one size.</summary>
    public static void Write(Stream input, Stream output, int recordSize)
    {
        WriteHeader(output);
        var buffer = new byte[recordSize];
        for (long offset = 0; ;)
        {
            var size = input.ReadAtLeast(buffer, recordSize, throwOnEndOfStream: false);
            if (size == 0)
                break;
            WriteRecord(output, offset, buffer.AsSpan(0, size));
            offset += size;
        }
        WriteEnd(output);
    }

    /// <summary>Flattens a file held in memory.</summary>
    public static byte[] Write(byte[] input, int recordSize)
    {
        var output = new MemoryStream();
        Write(new MemoryStream(input), output, recordSize);
        return output.ToArray();
    }

    private static void WriteMark(Stream output, long offset, long size)
    {
        Span<byte> mark = stackalloc byte[16];
        BinaryPrimitives.WriteInt64BigEndian(mark, offset);
        BinaryPrimitives.WriteInt64BigEndian(mark[8..], size);
        output.Write(mark);
    }
}
