using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using Panicle.Debuginfo.Finding;
using Panicle.Formats.Http;

namespace Panicle.Debuginfo.Http;

/// <summary>How far a download has come.</summary>
/// <param name="What">What is fetched, and from where.</param>
/// <param name="Bytes">How many bytes have come.</param>
/// <param name="Total">How many there are, if the server says it.</param>
/// <param name="IsEnd">Whether it has ended, well or not.</param>
public readonly record struct DownloadProgress(string What, long Bytes, long? Total, bool IsEnd);

/// <summary>
/// Fetches files by build ID from debuginfod servers (debuginfod(8), "WEBAPI") into the cache that gdb and elfutils use too:
/// <c>CACHE/BUILDID/debuginfo</c>, <c>executable</c>, <c>source##path</c>, <c>section-NAME</c>. An empty file there says that no
/// server has it; it counts for ten minutes (<c>cache_miss_s</c>).
/// </summary>
/// <param name="settings">Which servers, and how they are asked.</param>
/// <param name="progress">Told how downloads go.</param>
/// <param name="cancellation">Asked for what stops the download that is under way.</param>
public sealed class DebuginfodClient(
    DebuginfodSettings settings, Action<DownloadProgress>? progress = null, Func<CancellationToken>? cancellation = null)
{
    private const int DefaultMissSeconds = 600;
    private const long LeastBytesPerTimeout = 100_000;
    private const int NotFound = 404;

    // The largest vmlinux with DWARF has 2 GB; a server that never stops sending would fill the disk.
    private const long MostBytes = 4L << 30;

    private readonly List<string> _problems = [];

    private TimeSpan Period => settings.Timeout < TimeSpan.FromDays(1) ? settings.Timeout : TimeSpan.FromDays(1);

    /// <summary>What went wrong, server by server, each sentence once.</summary>
    public IReadOnlyList<string> Problems
    {
        get
        {
            lock (_problems)
                return [.. _problems.Distinct()];
        }
    }

    /// <summary>The file with the DWARF of a build; null if no server has it.</summary>
    public string? FindDebugInfo(string buildId) => Find(buildId, "debuginfo", "debuginfo", isElf: true);

    /// <summary>The binary itself; null if no server has it.</summary>
    public string? FindExecutable(string buildId) => Find(buildId, "executable", "executable", isElf: true);

    /// <summary>A source file by the name that the DWARF has for it, an absolute path.</summary>
    public string? FindSource(string buildId, string path) => path.StartsWith('/')
        ? Find(buildId, $"source{string.Join('/', path.Split('/').Select(Uri.EscapeDataString))}",
            $"source{path.Replace("/", "##", StringComparison.Ordinal)}", isElf: false)
        : null;

    /// <summary>One section's bytes, decompressed, where the servers can (elfutils since 0.188).</summary>
    public string? FindSection(string buildId, string name) =>
        Find(buildId, $"section/{Uri.EscapeDataString(name)}", $"section-{name.Replace("/", "##", StringComparison.Ordinal)}",
            isElf: false);

    private string? Find(string buildId, string request, string name, bool isElf)
    {
        const int longestName = 255;
        if (!BuildIdTree.IsBuildId(buildId) || name.Length > longestName || name.Contains('\0', StringComparison.Ordinal))
            return null;
        var folder = Path.Combine(settings.Cache, buildId);
        var file = Path.Combine(folder, name);
        if (IsKnown(file, out var isMissing))
            return isMissing ? null : file;
        Directory.CreateDirectory(settings.Cache);
        Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var answers = AskAll($"buildid/{buildId}/{request}", buildId, file, isElf);
        if (answers.Contains(Answer.Have))
            return file;
        ThrowIfCancelled();
        // Only if every server has said so: one that could not be asked may have it.
        if (answers.All(answer => answer == Answer.HaveNot))
            File.WriteAllBytes(file, []);
        else if (!Directory.EnumerateFileSystemEntries(folder).Any())
            Directory.Delete(folder);
        return null;
    }

    private bool IsKnown(string file, out bool isMissing)
    {
        var info = new FileInfo(file);
        isMissing = info is { Exists: true, Length: 0 };
        if (!isMissing)
            return info.Exists;
        if (DateTime.UtcNow - info.LastWriteTimeUtc < TimeSpan.FromSeconds(MissSeconds()))
            return true;
        info.Delete();
        return false;
    }

    private int MissSeconds()
    {
        var file = Path.Combine(settings.Cache, "cache_miss_s");
        return File.Exists(file) && int.TryParse(File.ReadAllText(file).Trim(), NumberStyles.None, CultureInfo.InvariantCulture,
            out var seconds) ? seconds : DefaultMissSeconds;
    }

    /// <summary>Asks all servers at once. The first that has the file sends it; if that fails, the next.</summary>
    private Answer[] AskAll(string request, string buildId, string file, bool isElf)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation?.Invoke() ?? default);
        var turn = new Lock();
        var asked = settings.Servers.Select(server => Task.Factory.StartNew(
            () => Ask(new Uri(server, request), turn, stop), CancellationToken.None, TaskCreationOptions.LongRunning,
            TaskScheduler.Default));
        return Task.WhenAll(asked).GetAwaiter().GetResult();

        Answer Ask(Uri url, Lock turn, CancellationTokenSource stop)
        {
            for (var attempt = 0; !stop.IsCancellationRequested; attempt++)
            {
                try
                {
                    return Download(url, buildId, file, isElf, turn, stop);
                }
                catch (Exception) when (stop.IsCancellationRequested)
                {
                    break; // Its connection was closed.
                }
                catch (Exception e) when (e is IOException or InvalidDataException)
                {
                    if (attempt < settings.Retries && e is not RefusedException)
                        continue;
                    lock (_problems)
                        _problems.Add($"{url.Authority}: {e.Message}");
                    return Answer.Failed;
                }
            }
            return Answer.NotNeeded;
        }
    }

    private Answer Download(Uri url, string buildId, string file, bool isElf, Lock turn, CancellationTokenSource stop)
    {
        List<string> fields = [.. settings.Fields, Wire.AcceptsCompressedSections];
        if (settings.MaxSize is { } most)
            fields.Add($"X-DEBUGINFOD-MAXSIZE: {most}");
        using var response = HttpResponse.Get(url, fields, settings.Timeout, stop.Token);
        if (response.Status == NotFound)
            return Answer.HaveNot;
        if (response.Status != 200)
            throw new RefusedException($"the server answers {response.Head.First}");
        if (response.Length > MostBytes)
            throw new RefusedException($"{url.AbsolutePath} would have {response.Length} bytes");
        if (response.Length > settings.MaxSize)
            throw new RefusedException($"{url.AbsolutePath} has {response.Length} bytes, more than DEBUGINFOD_MAXSIZE");
        lock (turn)
        {
            stop.Token.ThrowIfCancellationRequested();
            Receive(response, $"{Path.GetFileName(file)} of {buildId[..12]} from {url.Authority}", buildId, file, isElf);
            stop.Cancel();
        }
        return Answer.Have;
    }

    private void Receive(HttpResponse response, string what, string buildId, string file, bool isElf)
    {
        var temporary = $"{file}.{Environment.ProcessId:x6}{Environment.TickCount64:x}";
        try
        {
            using (
                var output = new FileStream(temporary, new FileStreamOptions
                {
                    Mode = FileMode.CreateNew,
                    Access = FileAccess.Write,
                    UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite
                }))
                Copy(response, output, what);
            if (isElf && response.Head[Wire.SectionsField] is not null)
                PlainCopies.Expand(temporary); // The cache is for every tool.
            if (isElf && ElfContents.TryRead(temporary)?.BuildId is var got && got != buildId)
                throw new RefusedException($"what the server sent has the build ID {got ?? "(none)"}, not {buildId}");
            File.Move(temporary, file, overwrite: true);
        }
        finally
        {
            File.Delete(temporary);
            progress?.Invoke(new DownloadProgress(what, 0, null, IsEnd: true));
        }
    }

    private void Copy(HttpResponse response, Stream output, string what)
    {
        var buffer = new byte[1 << 17];
        var clock = Stopwatch.StartNew();
        var atPeriod = 0L;
        long total = 0;
        // What comes so slowly that a read never ends is closed from outside.
        var isSlow = false;
        using var watch = new Timer(_ =>
        {
            if (Interlocked.Read(ref total) - atPeriod >= LeastBytesPerTimeout)
            {
                atPeriod = Interlocked.Read(ref total);
                return;
            }
            isSlow = true;
            response.Dispose();
        }, null, Period, Period);
        try
        {
            Copy();
        }
        catch (Exception e) when (isSlow && e is IOException or ObjectDisposedException or SocketException)
        {
            throw new IOException($"the server sends less than 100 KB in {settings.Timeout.TotalSeconds} s", e);
        }

        void Copy()
        {
            while (response.Read(buffer) is > 0 and var count)
            {
                ThrowIfCancelled();
                output.Write(buffer, 0, count);
                Interlocked.Add(ref total, count);
                if (total > (settings.MaxSize ?? MostBytes))
                    throw new RefusedException(
                        $"the file has more than {settings.MaxSize ?? MostBytes} bytes; DEBUGINFOD_MAXSIZE is the limit");
                if (clock.Elapsed > settings.MaxTime)
                    throw new RefusedException("the file takes longer than DEBUGINFOD_MAXTIME");
                progress?.Invoke(new DownloadProgress(what, total, response.Length, IsEnd: false));
            }
        }
    }

    private void ThrowIfCancelled() => cancellation?.Invoke().ThrowIfCancellationRequested();

    private enum Answer
    {
        Have,
        HaveNot,
        Failed,
        /// <summary>Another one had it, or a person has stopped it.</summary>
        NotNeeded,
    }

    /// <summary>A failure that asking again can't mend.</summary>
    private sealed class RefusedException(string message) : IOException(message);
}
