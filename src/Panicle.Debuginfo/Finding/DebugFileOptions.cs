using Panicle.Debuginfo.Http;

namespace Panicle.Debuginfo.Finding;

/// <summary>Where to look for files, in this order.</summary>
public sealed record DebugFileOptions
{
    /// <summary>The vmlinux that a person named, or null.</summary>
    public string? Vmlinux { get; init; }

    /// <summary>Modules that a person named: files, or folders searched with their subfolders.</summary>
    public IReadOnlyList<string> Modules { get; init; } = [];

    /// <summary>Source trees that a person named.</summary>
    public IReadOnlyList<string> Sources { get; init; } = [];

    /// <summary>Symbol stores: folders with a <c>.build-id</c> tree that <c>panicle symbols</c> keeps.</summary>
    public IReadOnlyList<string> Stores { get; init; } = [];

    /// <summary>The root folder of the system, for the files that distributions install.</summary>
    public string System { get; init; } = "/";

    /// <summary>The cache that debuginfod's clients share, or null for none.</summary>
    public string? Cache { get; init; }

    /// <summary>Whether a file that a person named is taken although its build ID is another one.</summary>
    public bool Force { get; init; }

    /// <summary>Asks debuginfod servers; null where none are configured, so that nothing leaves the machine.</summary>
    public DebuginfodClient? Debuginfod { get; init; }

    /// <summary>What this process's environment says: where stores and the cache are, and which servers may be asked.</summary>
    /// <param name="progress">Told how downloads go.</param>
    /// <param name="cancellation">Asked for what stops the download that is under way.</param>
    public static DebugFileOptions FromEnvironment(
        Action<DownloadProgress>? progress = null, Func<CancellationToken>? cancellation = null) => new()
        {
            Stores = [.. StorePlaces.All()],
            Cache = StorePlaces.Cache(),
            Debuginfod = DebuginfodSettings.FromEnvironment() is { } settings
            ? new DebuginfodClient(settings, progress, cancellation)
            : null,
        };
}
