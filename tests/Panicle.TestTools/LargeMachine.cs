using System.Buffers.Binary;
using Panicle.Dumps.Kdump;
using Panicle.Dumps.Sources;

namespace Panicle.TestTools;

/// <summary>
/// Makes the dump of a machine with terabytes of memory out of a small real one: the real pages stay at their own page
/// frames, the bitmaps cover the large machine, and beyond the real machine's memory every page frame is RAM and
/// one in so many is in the dump, with a descriptor of its own that points to one page of zeros. What is left out is
/// only the data that such a dump would have.
/// </summary>
internal static class LargeMachine
{
    private const int Page = 4096;

    /// <param name="from">A plain kdump-compressed file.</param>
    /// <param name="to">The file to make.</param>
    /// <param name="gigabytes">Memory of the large machine.</param>
    /// <param name="every">
    /// One of this many pages is in the dump; a multiple of 8 (a filtered dump of a large machine keeps about one in 50 to 200).
    /// </param>
    public static int Make(string from, string to, int gigabytes, int every)
    {
        using var source = FileSource.Open(from);
        var header = KdumpHeader.Read(source);
        var frames = (ulong)gigabytes << 18;
        var bitmapBytes = (long)frames / 8;
        var head = ReadAll(source, 0, header.BitmapsAt);
        BinaryPrimitives.WriteUInt32LittleEndian(head.AsSpan(436), (uint)(2 * bitmapBytes / Page));
        BinaryPrimitives.WriteUInt32LittleEndian(head.AsSpan(440), (uint)Math.Min(frames, uint.MaxValue));
        BinaryPrimitives.WriteUInt64LittleEndian(head.AsSpan(Page + 96), frames);
        using var output = File.Create(to, 1 << 20);
        output.Write(head);
        // The real bitmaps end within a block; the made-up memory starts at the next one.
        WriteBitmap(output, ReadAll(source, header.BitmapsAt, header.BitmapBytes), bitmapBytes, 0xff, 1);
        WriteBitmap(
            output, ReadAll(source, header.BitmapsAt + header.BitmapBytes, header.BitmapBytes), bitmapBytes, 1, every / 8);
        var real = new PageBitmap(source, header.BitmapsAt + header.BitmapBytes, header.Pages).Rank(header.Pages);
        var made = (bitmapBytes - header.BitmapBytes + (every / 8) - 1) / (every / 8);
        WriteDescriptors(output, source, header, real, made);
        using (var data = File.OpenRead(from))
        {
            data.Position = header.DescriptorsAt + (real * KdumpPageDescriptor.Bytes);
            data.CopyTo(output);
        }
        output.Write(new byte[Page]);
        Console.WriteLine($"{frames} page frames, {real + made} of them in the dump, {output.Length >> 20} MB");
        return 0;
    }

    /// <summary>Flattens a file in records of one size.</summary>
    public static int Flatten(string from, string to, int recordSize)
    {
        using var input = File.OpenRead(from);
        using var output = File.Create(to, 1 << 20);
        FlattenedWriter.Write(input, output, recordSize);
        return 0;
    }

    private static byte[] ReadAll(FileSource source, long offset, long size)
    {
        var bytes = new byte[size];
        return source.TryFill(offset, bytes) ? bytes : throw new InvalidDataException($"{source.Path} is cut short.");
    }

    private static void WriteBitmap(FileStream output, byte[] real, long size, byte value, int step)
    {
        output.Write(real);
        var block = new byte[1 << 16];
        for (long done = real.Length; done < size; done += block.Length)
        {
            block.AsSpan().Clear();
            var first = (int)(((real.Length - done) % step + step) % step);
            for (var i = first; i < block.Length; i += step)
                block[i] = value;
            output.Write(block.AsSpan(0, (int)Math.Min(block.Length, size - done)));
        }
    }

    private static void WriteDescriptors(FileStream output, FileSource source, KdumpHeader header, long real, long made)
    {
        var descriptors = ReadAll(source, header.DescriptorsAt, real * KdumpPageDescriptor.Bytes);
        var shift = output.Position
            + ((real + made) * KdumpPageDescriptor.Bytes) - (header.DescriptorsAt + (real * KdumpPageDescriptor.Bytes));
        for (var at = 0; at < descriptors.Length; at += KdumpPageDescriptor.Bytes)
        {
            var offset = BinaryPrimitives.ReadInt64LittleEndian(descriptors.AsSpan(at));
            BinaryPrimitives.WriteInt64LittleEndian(descriptors.AsSpan(at), offset + shift);
        }
        output.Write(descriptors);
        var zero = new byte[KdumpPageDescriptor.Bytes];
        BinaryPrimitives.WriteInt64LittleEndian(zero, source.Length + shift);
        BinaryPrimitives.WriteInt32LittleEndian(zero.AsSpan(8), Page);
        for (long i = 0; i < made; i++)
            output.Write(zero);
    }
}
