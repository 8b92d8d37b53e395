using System.Collections.Concurrent;
using System.Globalization;
using System.Text;

namespace Panicle.Debuginfo.Http;

/// <summary>What a server has answered, as Prometheus reads it (its "text-based format").</summary>
internal sealed class ServerCounters
{
    private readonly ConcurrentDictionary<(string Kind, int Status), long> _requests = [];
    private long _bytes;

    public void Count(string kind, int status, long bytes)
    {
        _requests.AddOrUpdate((kind, status), 1, (_, count) => count + 1);
        Interlocked.Add(ref _bytes, bytes);
    }

    /// <inheritdoc/>
    public override string ToString()
    {
        var text = new StringBuilder("# TYPE panicle_symbols_requests_total counter\n");
        foreach (var ((kind, status), count) in _requests.OrderBy(pair => pair.Key))
            text.Append(CultureInfo.InvariantCulture,
                $"panicle_symbols_requests_total{{type=\"{kind}\",status=\"{status}\"}} {count}\n");
        text.Append("# TYPE panicle_symbols_sent_bytes_total counter\n");
        text.Append(CultureInfo.InvariantCulture, $"panicle_symbols_sent_bytes_total {Interlocked.Read(ref _bytes)}\n");
        return text.ToString();
    }
}
