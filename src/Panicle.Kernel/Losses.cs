using System.Collections;

namespace Panicle.Kernel;

/// <summary>
/// Collects what could not be read by those who go on without it: walks over lists and trees, tables of many values, reports of
/// many parts. The same loss is kept once, with how often it was met. Thread-safe.
/// </summary>
/// <param name="cancellation">Stops whoever reads through this at the next part.</param>
public sealed class Losses(CancellationToken cancellation = default) : IReadOnlyCollection<Loss>
{
    // A damaged dump may lose each of millions of elements, each for a reason of its own.
    private const int MostKept = 1000;

    private readonly Lock _gate = new();
    private readonly Dictionary<(string? What, string? Why), int> _places = [];
    private readonly List<Loss> _all = [];
    private readonly bool _isDeaf;
    private int _more;

    private Losses(bool isDeaf) : this() => _isDeaf = isDeaf;

    /// <summary>Keeps nothing: for whoever has an answer without what is lost, or tells of the loss in another way.</summary>
    public static Losses Ignored { get; } = new(isDeaf: true);

    /// <summary>How many different losses there are.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
                return _all.Count + (_more > 0 ? 1 : 0);
        }
    }

    /// <summary>How many different losses were met: of very many, not all are kept.</summary>
    public int Total
    {
        get
        {
            lock (_gate)
                return _all.Count + _more;
        }
    }

    /// <summary>
    /// The losses as sentences for a person: what was lost for the same reason is told in one of them, where the first of it was.
    /// </summary>
    public IReadOnlyList<string> Sentences =>
    [
        .. this.GroupBy(loss => loss.What is null or Loss.OfValue ? (object)loss : loss.Why)
            .Select(group => group.Count() == 1
                ? group.First().ToString()
                : $"{string.Join(", ", group.Select(loss => loss.What).Distinct())}: {group.First().Why}"),
    ];

    /// <summary>Adds a loss whose reason says itself what was lost.</summary>
    /// <param name="why">A sentence without a full stop.</param>
    public void Add(string why) => Add(new Loss(null, why, 1), isRepetition: false);

    /// <summary>Adds something that is lost, and why; the same once more counts.</summary>
    /// <param name="what">What was lost: "the log".</param>
    /// <param name="why">The reason, as a clause.</param>
    public void Add(string what, string why) => Add(new Loss(what, why, 1), isRepetition: false);

    /// <summary>
    /// Adds what was lost elsewhere. A loss that is here already is the same one, met again; unknown values add up.
    /// </summary>
    /// <param name="others">Those losses.</param>
    /// <param name="what">What is lost through each of them, if that is something else.</param>
    public void Add(IEnumerable<Loss> others, string? what = null)
    {
        ArgumentNullException.ThrowIfNull(others);
        foreach (var loss in others)
            Add(what is null ? loss : new Loss(what, loss.ToString(), loss.Count), isRepetition: true);
    }

    /// <summary>Reads an object; null, and a loss, if it can't be read.</summary>
    /// <param name="what">What is read, for a person: "the log".</param>
    /// <param name="read">Reads it.</param>
    public T? Try<T>(string what, Func<T?> read)
        where T : class => TryRead(what, null, read, out var value) ? value : null;

    /// <summary>Reads a value that may be none; null, and a loss, if it can't be read.</summary>
    /// <inheritdoc cref="Try{T}(string, Func{T})"/>
    public T? Try<T>(string what, Func<T?> read)
        where T : struct => TryRead(what, null, read, out var value) ? value : null;

    /// <summary>Reads one object of many; null, and a loss that names its address, if it can't be read.</summary>
    /// <param name="what">What each of them is: "PCI device".</param>
    /// <param name="address">Where this one lies.</param>
    /// <param name="read">Reads it.</param>
    public T? Try<T>(string what, ulong address, Func<T?> read)
        where T : class => TryRead(what, address, read, out var value) ? value : null;

    /// <summary>
    /// Reads one value of a table; null if it can't be read. All that are lost so are one loss, which counts them.
    /// </summary>
    /// <param name="read">Reads it.</param>
    public T? Try<T>(Func<T?> read)
        where T : class => TryRead(Loss.OfValue, null, read, out var value) ? value : null;

    /// <inheritdoc cref="Try{T}(Func{T})"/>
    public T? Try<T>(Func<T?> read)
        where T : struct => TryRead(Loss.OfValue, null, read, out var value) ? value : null;

    /// <inheritdoc/>
    public IEnumerator<Loss> GetEnumerator()
    {
        List<Loss> all;
        lock (_gate)
        {
            all = [.. _all];
            if (_more > 0)
                all.Add(new Loss(null, $"{_more} more parts could not be read", _more));
        }
        return all.GetEnumerator();
    }

    /// <inheritdoc/>
    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    internal bool TryRead<T>(string what, ulong? address, Func<T> read, out T? value)
    {
        cancellation.ThrowIfCancellationRequested();
        try
        {
            value = read();
            return true;
        }
        catch (KernelReadException failure)
        {
            if (!_isDeaf)
                Add(address is { } at ? $"{what} at 0x{at:x}" : what, failure.Message);
            value = default;
            return false;
        }
    }

    private void Add(Loss loss, bool isRepetition)
    {
        if (_isDeaf)
            return;
        var isValue = loss.What == Loss.OfValue;
        lock (_gate)
        {
            var key = (loss.What, isValue ? null : loss.Why);
            if (_places.TryGetValue(key, out var place))
            {
                var known = _all[place];
                var count = isRepetition && !isValue ? Math.Max(known.Count, loss.Count) : known.Count + loss.Count;
                _all[place] = known with { Count = count };
            }
            else if (_all.Count < MostKept)
            {
                _places.Add(key, _all.Count);
                _all.Add(loss);
            }
            else
            {
                _more++;
            }
        }
    }
}

/// <summary>
/// Reads of plain values through <see cref="Losses"/>: C# tells them from those of objects only in a class of their own.
/// </summary>
public static class LossesOfValues
{
    /// <summary>Reads a value; null, and a loss, if it can't be read.</summary>
    /// <param name="losses">Gets the loss.</param>
    /// <param name="what">What is read, for a person: "the uptime".</param>
    /// <param name="read">Reads it.</param>
    public static T? Try<T>(this Losses losses, string what, Func<T> read)
        where T : struct => losses.TryRead(what, null, read, out var value) ? value : null;

    /// <summary>Reads one value of many; null, and a loss that names its address, if it can't be read.</summary>
    /// <param name="losses">Gets the loss.</param>
    /// <param name="what">What each of them is: "memory area".</param>
    /// <param name="address">Where this one lies.</param>
    /// <param name="read">Reads it.</param>
    public static T? Try<T>(this Losses losses, string what, ulong address, Func<T> read)
        where T : struct => losses.TryRead(what, address, read, out var value) ? value : null;

    /// <summary>
    /// Reads one value of a table; null if it can't be read. All that are lost so are one loss, which counts them.
    /// </summary>
    /// <param name="losses">Gets the loss.</param>
    /// <param name="read">Reads it.</param>
    public static T? Try<T>(this Losses losses, Func<T> read)
        where T : struct => losses.TryRead(Loss.OfValue, null, read, out var value) ? value : null;
}
