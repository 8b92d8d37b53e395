using System.Runtime.ExceptionServices;

namespace Panicle.Kernel;

/// <summary>
/// A part of the dump that is read on first use. If that fails it fails the same way each time, without being tried
/// again, and no other part is affected. Thread-safe.
/// </summary>
/// <param name="what">What it is, for a person: "the list of modules".</param>
/// <param name="read">Reads it.</param>
internal sealed class Part<T>(string what, Func<T> read)
    where T : class
{
    private readonly Lock _gate = new();
    private Func<T>? _read = read;
    private T? _value;
    private ExceptionDispatchInfo? _failure;

    public T Value
    {
        get
        {
            if (Volatile.Read(ref _value) is { } value)
                return value;
            lock (_gate)
            {
                _failure?.Throw();
                return _value ?? ReadNow();
            }
        }
    }

    /// <summary>The value if it has been read.</summary>
    public T? IfRead => Volatile.Read(ref _value);

    /// <summary>
    /// The value; null where it can't be read, or is being read by the very caller: for whoever has an answer without it, too.
    /// </summary>
    public T? OrNull
    {
        get
        {
            if (Volatile.Read(ref _value) is { } value)
                return value;
            lock (_gate)
            {
                if (_value is not null || _read is null)
                    return _value;
                return Losses.Ignored.Try(ReadNow);
            }
        }
    }

    private T ReadNow()
    {
        // A part that needs itself to be read would otherwise never end.
        var read = _read ?? throw new KernelReadException($"{what} can't be read: that needs {what} itself");
        _read = null;
        try
        {
            var value = read();
            Volatile.Write(ref _value, value);
            return value;
        }
        catch (Exception failure)
        {
            _failure = ExceptionDispatchInfo.Capture(failure);
            throw;
        }
    }
}
