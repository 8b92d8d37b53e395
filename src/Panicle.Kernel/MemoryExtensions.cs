using System.Text;
using Panicle.Dumps;

namespace Panicle.Kernel;

/// <summary>Numbers and text out of an <see cref="IMemory"/>, in its machine's own byte order and word size.</summary>
public static class MemoryExtensions
{
    /// <summary>Fills the buffer or throws <see cref="KernelReadException"/>.</summary>
    public static void Read(this IMemory memory, ulong address, Span<byte> buffer, string what = "memory")
    {
        if (!memory.TryRead(address, buffer, out var fault))
            throw new KernelReadException(what, fault);
    }

    /// <summary>Reads one byte, or says why it can't be read.</summary>
    public static byte ReadByte(this IMemory memory, ulong address, string what = "memory")
    {
        Span<byte> buffer = stackalloc byte[1];
        memory.Read(address, buffer, what);
        return buffer[0];
    }

    /// <summary>Reads a 16-bit unsigned integer (<c>u16</c>).</summary>
    public static ushort ReadUInt16(this IMemory memory, ulong address, string what = "memory")
    {
        Span<byte> buffer = stackalloc byte[2];
        memory.Read(address, buffer, what);
        return memory.Words.ReadUInt16(buffer);
    }

    /// <summary>Reads a 32-bit unsigned integer (<c>u32</c>, <c>unsigned int</c>).</summary>
    public static uint ReadUInt32(this IMemory memory, ulong address, string what = "memory")
    {
        Span<byte> buffer = stackalloc byte[4];
        memory.Read(address, buffer, what);
        return memory.Words.ReadUInt32(buffer);
    }

    /// <summary>Reads a 64-bit unsigned integer (<c>u64</c>).</summary>
    public static ulong ReadUInt64(this IMemory memory, ulong address, string what = "memory")
    {
        Span<byte> buffer = stackalloc byte[8];
        memory.Read(address, buffer, what);
        return memory.Words.ReadUInt64(buffer);
    }

    /// <summary>Reads a 64-bit unsigned integer; false if it can't be read.</summary>
    public static bool TryReadUInt64(this IMemory memory, ulong address, out ulong value) =>
        memory.TryReadUInt64(address, out value, out _);

    /// <summary>Reads a 64-bit unsigned integer; false, and why, if it can't be read.</summary>
    public static bool TryReadUInt64(this IMemory memory, ulong address, out ulong value, out MemoryFault fault)
    {
        Span<byte> buffer = stackalloc byte[8];
        var ok = memory.TryRead(address, buffer, out fault);
        value = ok ? memory.Words.ReadUInt64(buffer) : 0;
        return ok;
    }

    /// <summary>Reads a 32-bit unsigned integer; false if it can't be read.</summary>
    public static bool TryReadUInt32(this IMemory memory, ulong address, out uint value)
    {
        Span<byte> buffer = stackalloc byte[4];
        var ok = memory.TryRead(address, buffer, out _);
        value = ok ? memory.Words.ReadUInt32(buffer) : 0;
        return ok;
    }

    /// <summary>Reads an <c>unsigned long</c> or a pointer, whatever its size on the machine is.</summary>
    public static ulong ReadWord(this IMemory memory, ulong address, string what = "memory") =>
        memory.TryReadWord(address, out var value, out var fault) ? value : throw new KernelReadException(what, fault);

    /// <summary>Reads an <c>unsigned long</c> or a pointer; false if it can't be read.</summary>
    public static bool TryReadWord(this IMemory memory, ulong address, out ulong value) =>
        memory.TryReadWord(address, out value, out _);

    /// <summary>Reads an <c>unsigned long</c> or a pointer; false, and why, if it can't be read.</summary>
    public static bool TryReadWord(this IMemory memory, ulong address, out ulong value, out MemoryFault fault)
    {
        var words = memory.Words;
        Span<byte> buffer = stackalloc byte[sizeof(ulong)];
        buffer = buffer[..words.Size];
        var ok = memory.TryRead(address, buffer, out fault);
        value = ok ? words.ReadWord(buffer) : 0;
        return ok;
    }

    /// <summary>Reads a <c>long</c>, whatever its size on the machine is.</summary>
    public static long ReadSignedWord(this IMemory memory, ulong address, string what = "memory")
    {
        var words = memory.Words;
        Span<byte> buffer = stackalloc byte[sizeof(ulong)];
        buffer = buffer[..words.Size];
        memory.Read(address, buffer, what);
        return words.ReadSignedWord(buffer);
    }

    /// <summary>Whether any page of a range can be read; the fault is that of its first byte.</summary>
    public static bool TryReadAny(this IMemory memory, ulong address, ulong length, out MemoryFault fault)
    {
        const ulong PageSize = IMemory.SmallestPage;
        Span<byte> one = stackalloc byte[1];
        if (memory.TryRead(address, one, out fault))
            return true;
        var end = address + Math.Min(length, 1 << 24);
        for (var page = (address | (PageSize - 1)) + 1; page < end && page > address; page += PageSize)
        {
            if (memory.TryRead(page, one, out _))
                return true;
        }
        return false;
    }

    /// <summary>
    /// Reads a block of a length that came from the dump, after checking it against <see cref="Limits.MaxBlock"/>.
    /// </summary>
    public static byte[] ReadBlock(this IMemory memory, ulong address, ulong length, Limits limits, string what)
    {
        if (length > (ulong)limits.MaxBlock)
            throw new KernelReadException($"{what}: its length of {length} bytes is not plausible");
        var block = new byte[(int)length];
        memory.Read(address, block, what);
        return block;
    }

    /// <summary>
    /// Reads a NUL-terminated string of at most <paramref name="maxLength"/> bytes, without reading past the page that
    /// holds its end. Bytes that are not UTF-8 become U+FFFD.
    /// </summary>
    public static string ReadString(this IMemory memory, ulong address, int maxLength, string what = "string")
    {
        Span<byte> chunk = stackalloc byte[256];
        var text = new List<byte>();
        while (text.Count < maxLength)
        {
            // Never cross an aligned 256-byte boundary: the next page may be missing and need not be touched.
            var take = Math.Min(256 - (int)(address & 255), maxLength - text.Count);
            memory.Read(address, chunk[..take], what);
            var end = chunk[..take].IndexOf((byte)0);
            text.AddRange(end < 0 ? chunk[..take] : chunk[..end]);
            if (end >= 0)
                break;
            address += (ulong)take;
        }
        return Encoding.UTF8.GetString([.. text]);
    }
}
