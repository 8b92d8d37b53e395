using Panicle.Dumps;

namespace Panicle.Symbols.Btf;

/// <summary>Brings a BTF section from the dump's memory.</summary>
internal static class BtfReader
{
    public static byte[]? Read(IMemory memory, AddressRange section, Limits limits, out string? problem, out string? why)
    {
        problem = null;
        why = null;
        if (section.End <= section.Start || section.Length > (ulong)limits.MaxBlock)
        {
            why = $"the BTF section {section} has an impossible size";
            return null;
        }
        var data = MemoryBlock.Read(memory, section.Start, (int)section.Length, out var lost);
        if (lost.Count == 0)
            return data;
        var first = section.Start + (ulong)lost[0].Start;
        _ = memory.TryRead(first, new byte[1], out var fault);
        if (lost[0].Start == 0)
        {
            why = $"the BTF section can't be read: {fault}";
            return null;
        }
        problem = $"a part of BTF is lost, and with it some types: {fault}";
        return data;
    }
}
