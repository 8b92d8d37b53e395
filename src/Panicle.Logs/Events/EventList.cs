namespace Panicle.Logs.Events;

/// <summary>
/// A log's events, in bounded memory: all of them up to a number that no reader gets through; from then on the first and the last
/// of each, and whatever ended the machine. The others are counted.
/// </summary>
internal sealed class EventList
{
    private const int MostEvents = 10_000;

    // An event's traces, registers and modules weigh about as much as its lines do.
    private const long MostLines = 400_000;

    private const int MostDifferent = 256;
    private const int MostFatal = 64;

    private readonly List<OopsEvent> _kept = [];
    private readonly Dictionary<(OopsKind Kind, string Place), OopsEvent> _last = [];
    private readonly Queue<OopsEvent> _lastFatal = new();
    private long _lines;
    private int _different;
    private int _fatal;
    private long _all;

    /// <summary>What is kept of them, in no order.</summary>
    public IReadOnlyCollection<OopsEvent> Kept =>
        new HashSet<OopsEvent>([.. _kept, .. _last.Values, .. _lastFatal], ReferenceEqualityComparer.Instance);

    /// <summary>How many are not among them, as a sentence; null if all are.</summary>
    public string? LeftOut => _all - Kept.Count is > 0 and var missing
        ? $"of {_all} events {missing} are not shown: behind the first {_kept.Count - _different - _fatal} only the first and "
            + "the last of each kind and place, and the panics"
        : null;

    /// <summary>Takes an event in, or counts it.</summary>
    public void Add(OopsEvent found, int lines)
    {
        _all++;
        if (_all <= MostEvents && (_lines += lines) <= MostLines)
        {
            _kept.Add(found);
            return;
        }
        if (found.Panicked || found.Kind == OopsKind.Panic)
            AddFatal(found);
        var key = (found.Kind, found.Function ?? found.Title);
        if (_last.ContainsKey(key))
            _last[key] = found;
        else if (_last.Count < MostDifferent)
        {
            _last[key] = found;
            if (_kept.TrueForAll(known => (known.Kind, known.Function ?? known.Title) != key))
            {
                _kept.Add(found);
                _different++;
            }
        }
    }

    private void AddFatal(OopsEvent found)
    {
        if (_fatal < MostFatal)
        {
            _kept.Add(found);
            _fatal++;
            return;
        }
        _lastFatal.Enqueue(found);
        if (_lastFatal.Count > MostFatal)
            _lastFatal.Dequeue();
    }
}
