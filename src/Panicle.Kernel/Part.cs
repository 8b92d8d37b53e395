using System.Runtime.ExceptionServices;

namespace Panicle.Kernel;

/// <summary>
/// A part of the dump that is read on first use. If that fails it fails the same way each time, without being tried
/// again, and no other part is affected.
/// </summary>
internal sealed class Part<T>(Func<T> read)
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

    private T ReadNow()
    {
        // A part that needs itself to be read would otherwise never end.
        var read = _read ?? throw new KernelReadException($"{typeof(T).Name} can't be read: it needs itself");
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
