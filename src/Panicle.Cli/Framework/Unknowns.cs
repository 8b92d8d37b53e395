using Panicle.Kernel;

namespace Panicle.Cli;

/// <summary>
/// Values that can't be read, for tables of many: each costs its cell, and one note says how many there are and why.
/// Thread-safe.
/// </summary>
internal sealed class Unknowns
{
    private int _count;
    private string? _first;

    /// <summary>The value, or null if it can't be read.</summary>
    public T? Value<T>(Func<T> read)
        where T : struct
    {
        try
        {
            return read();
        }
        catch (KernelReadException failure)
        {
            Add(failure.Message);
            return null;
        }
    }

    /// <summary>The value, which may be none, or null if it can't be read.</summary>
    public T? Nullable<T>(Func<T?> read)
        where T : struct
    {
        try
        {
            return read();
        }
        catch (KernelReadException failure)
        {
            Add(failure.Message);
            return null;
        }
    }

    /// <summary>The object, or null if it can't be read.</summary>
    public T? Object<T>(Func<T?> read)
        where T : class
    {
        try
        {
            return read();
        }
        catch (KernelReadException failure)
        {
            Add(failure.Message);
            return null;
        }
    }

    /// <summary>Counts a value that can't be read.</summary>
    public void Add(string reason)
    {
        Interlocked.Increment(ref _count);
        Interlocked.CompareExchange(ref _first, reason, null);
    }

    /// <summary>Says beside the result how many values are unknown and why the first one is.</summary>
    public void Report(CommandContext context)
    {
        if (_count == 1)
            context.Note($"a value is unknown: {_first}");
        else if (_count > 1)
            context.Note($"{_count} values are unknown; the first: {_first}");
    }
}
