using System.Buffers.Binary;
using Panicle.Dumps;

namespace Panicle.Symbols.Kallsyms;

/// <summary>Takes the tables' places from VMCOREINFO (<c>kernel/vmcore_info.c</c>; since 6.0 and in stable kernels).</summary>
internal static class KallsymsLocator
{
    public static KallsymsLayout? FromVmcoreInfo(IMemory memory, VmcoreInfo info)
    {
        if (info.Symbol("kallsyms_names") is not { } names
            || info.Symbol("kallsyms_num_syms") is not { } count
            || info.Symbol("kallsyms_token_table") is not { } tokenTable
            || info.Symbol("kallsyms_token_index") is not { } tokenIndex
            || info.Symbol("kallsyms_offsets") is not { } offsets)
            return null;

        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        if (!memory.TryRead(count, bytes[..sizeof(uint)], out _))
            return null;
        var symbols = BinaryPrimitives.ReadInt32LittleEndian(bytes);
        ulong? relativeBase = null;
        if (info.Symbol("kallsyms_relative_base") is { } place)
        {
            if (!memory.TryRead(place, bytes, out _))
                return null;
            relativeBase = BinaryPrimitives.ReadUInt64LittleEndian(bytes);
        }
        return IsPlausible(symbols) ? new KallsymsLayout(names, symbols, tokenTable, tokenIndex, offsets, relativeBase) : null;
    }

    /// <summary>The smallest kernels have some ten thousand symbols, the largest under a million.</summary>
    public static bool IsPlausible(int count) => count is > 256 and < 8 * 1024 * 1024;
}
