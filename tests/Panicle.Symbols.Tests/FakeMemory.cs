using Panicle.Dumps;

namespace Panicle.Symbols.Tests;

/// <summary>Memory made of blocks at addresses; whole pages of it can be taken away.</summary>
internal sealed class FakeMemory : IMemory
{
    private const ulong PageMask = 4095;

    private readonly List<(ulong Address, byte[] Bytes)> _blocks = [];
    private readonly HashSet<ulong> _lost = [];

    public FakeMemory Add(ulong address, byte[] bytes)
    {
        _blocks.Add((address, bytes));
        return this;
    }

    public FakeMemory Lose(ulong address)
    {
        _lost.Add(address & ~PageMask);
        return this;
    }

    public bool TryRead(ulong address, Span<byte> buffer, out MemoryFault fault)
    {
        fault = default;
        for (var i = 0; i < buffer.Length;)
        {
            var at = address + (ulong)i;
            if (_lost.Contains(at & ~PageMask) || Find(at) is not { } block)
            {
                fault = new MemoryFault(PageState.Excluded, at);
                return false;
            }
            var from = (int)(at - block.Address);
            var toPageEnd = (int)(PageMask + 1 - (at & PageMask));
            var length = Math.Min(Math.Min(block.Bytes.Length - from, toPageEnd), buffer.Length - i);
            block.Bytes.AsSpan(from, length).CopyTo(buffer[i..]);
            i += length;
        }
        return true;
    }

    private (ulong Address, byte[] Bytes)? Find(ulong address)
    {
        foreach (var block in _blocks)
            if (address >= block.Address && address - block.Address < (ulong)block.Bytes.Length)
                return block;
        return null;
    }
}
