using System.Globalization;

namespace Panicle.Debuginfo.Http;

/// <summary>How debuginfod servers are asked; the variables are those of elfutils (debuginfod_find_debuginfo(3)).</summary>
public sealed record DebuginfodSettings
{
    private const double DefaultTimeout = 90;
    private const int DefaultRetries = 2;

    /// <summary>The servers' addresses (DEBUGINFOD_URLS, separated by spaces). None: nothing is ever sent anywhere.</summary>
    public IReadOnlyList<Uri> Servers { get; init; } = [];

    /// <summary>The cache that all clients share (DEBUGINFOD_CACHE_PATH).</summary>
    public string Cache { get; init; } = "";

    /// <summary>In this time at least 100 KB must come (DEBUGINFOD_TIMEOUT, in seconds).</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(DefaultTimeout);

    /// <summary>How long one file may take (DEBUGINFOD_MAXTIME, in seconds); null for any time.</summary>
    public TimeSpan? MaxTime { get; init; }

    /// <summary>How many bytes one file may have (DEBUGINFOD_MAXSIZE); null for any number.</summary>
    public long? MaxSize { get; init; }

    /// <summary>How often a server that fails is asked again (DEBUGINFOD_RETRY_LIMIT).</summary>
    public int Retries { get; init; } = DefaultRetries;

    /// <summary>Further fields of each request, a line each (the file that DEBUGINFOD_HEADERS_FILE names).</summary>
    public IReadOnlyList<string> Fields { get; init; } = [];

    /// <summary>What this process's environment says; null if it names no servers, or there is no place for a cache.</summary>
    public static DebuginfodSettings? FromEnvironment() => Variable("DEBUGINFOD_URLS") is { } urls ? With(urls) : null;

    /// <summary>
    /// The environment's settings with other servers; null if none of the words is an address, or there is no place for a cache.
    /// </summary>
    public static DebuginfodSettings? With(string urls)
    {
        // Words such as ima:enforcing stand between the addresses and are none.
        List<Uri> servers = [.. urls.Split((char[])[' ', '\t', '\n'], StringSplitOptions.RemoveEmptyEntries)
            .Select(word => Uri.TryCreate(word.EndsWith('/') ? word : $"{word}/", UriKind.Absolute, out var url) ? url : null)
            .OfType<Uri>().Where(url => url.Scheme == Uri.UriSchemeHttp || url.Scheme == Uri.UriSchemeHttps)];
        if (servers.Count == 0 || Finding.StorePlaces.Cache() is not { } cache)
            return null;
        return new DebuginfodSettings
        {
            Servers = servers,
            Cache = cache,
            Timeout = TimeSpan.FromSeconds(Number("DEBUGINFOD_TIMEOUT") is > 0 and var seconds ? seconds : DefaultTimeout),
            MaxTime = Number("DEBUGINFOD_MAXTIME") is > 0 and var most ? TimeSpan.FromSeconds(most) : null,
            MaxSize = Number("DEBUGINFOD_MAXSIZE") is > 0 and var bytes ? bytes : null,
            Retries = (int)Math.Min(Number("DEBUGINFOD_RETRY_LIMIT") ?? DefaultRetries, 100),
            Fields = ReadFields(),
        };
    }

    private static IReadOnlyList<string> ReadFields() => Variable("DEBUGINFOD_HEADERS_FILE") is { } file && File.Exists(file)
        ? [.. File.ReadLines(file).Where(line => line.Contains(':', StringComparison.Ordinal))]
        : [];

    private static long? Number(string name) =>
        long.TryParse(Variable(name), NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : null;

    private static string? Variable(string name) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;
}
