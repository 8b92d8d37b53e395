using Panicle.Dumps;
using Panicle.Kernel.Values;
using Panicle.Symbols;
using Panicle.Symbols.Dwarf;

namespace Panicle.Kernel.DebugInfo;

/// <summary>
/// The kernel's memory with the bytes of one variable that doesn't lie in it, at an address that nothing else has.
/// </summary>
internal sealed class LocalMemory(IMemory memory, LocalValue value) : IMemory
{
    // Not canonical, so that no pointer leads there.
    private const ulong Start = 0x0100_0000_0000_0000;

    public WordFormat Words => memory.Words;

    public static KernelValue ValueOf(KernelDump kernel, LocalVariable variable)
    {
        if (variable.Value is not { } value)
            throw new KernelReadException($"{variable.Name}: {variable.Reason}");
        if (value.Address is { } address)
            return KernelValue.At(kernel.Context, variable.Type, address);
        var type = variable.Type.Strip();
        var inBytes = KernelValue.At(
            kernel.Context with { Memory = new LocalMemory(kernel.Memory, value) }, variable.Type, Start);
        return type.Kind is TypeKind.Struct or TypeKind.Union or TypeKind.Array
            ? inBytes
            : KernelValue.Number(kernel.Context, variable.Type, inBytes.ToUInt64());
    }

    public bool TryRead(ulong address, Span<byte> buffer, out MemoryFault fault)
    {
        var offset = address - Start;
        if (offset >= (ulong)value.Bytes.Length)
            return memory.TryRead(address, buffer, out fault);
        foreach (var (start, end) in value.Lost)
            if (offset < (ulong)end && offset + (ulong)buffer.Length > (ulong)start)
            {
                fault = new MemoryFault(PageState.Hole, address);
                return false;
            }
        fault = default;
        if (offset + (ulong)buffer.Length > (ulong)value.Bytes.Length)
            return false;
        value.Bytes.AsSpan((int)offset, buffer.Length).CopyTo(buffer);
        return true;
    }
}
