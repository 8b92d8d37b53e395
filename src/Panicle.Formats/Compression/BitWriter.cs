using System.Runtime.CompilerServices;

namespace Panicle.Formats.Compression;

/// <summary>Bits in the order of deflate: the lowest of a byte first.</summary>
/// <param name="to">Where the bytes go; up to 8 more are overwritten than are used.</param>
internal unsafe ref struct BitWriter(byte* to)
{
    private byte* _to = to;
    private ulong _bits;
    private int _count;

    /// <summary>
    /// Adds up to 56 bits in all since the last <see cref="Flush"/>; those above <paramref name="count"/> are 0.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(uint bits, int count)
    {
        _bits |= (ulong)bits << _count;
        _count += count;
    }

    /// <summary>Writes the whole bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Flush()
    {
        *(ulong*)_to = _bits;
        _to += _count >> 3;
        _bits >>= _count & ~7;
        _count &= 7;
    }

    /// <summary>Writes what is left, up to a whole byte; returns where the next one goes.</summary>
    public byte* End()
    {
        Flush();
        if (_count > 0)
            *_to++ = (byte)_bits;
        return _to;
    }
}
