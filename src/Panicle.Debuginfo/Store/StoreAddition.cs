using System.Collections.Concurrent;
using System.Globalization;
using Panicle.Debuginfo.Finding;
using Panicle.Formats.Archives;
using Panicle.Formats.Boot;
using Panicle.Formats.Compression;
using Panicle.Formats.Elf;
using Panicle.Formats.Streams;

namespace Panicle.Debuginfo.Store;

/// <summary>
/// One adding of files to a store: takes packages apart, one file at a time, while other processors pack what was found.
/// </summary>
internal sealed class StoreAddition : IDisposable
{
    private const int HeadBytes = SetupHeader.Bytes; // What a kernel image is told by.
    private const long MostBytes = 8L << 30;

    private readonly SymbolStore _store;
    private readonly Action<string>? _say;
    private readonly CancellationToken _cancellation;
    private readonly string _folder;
    private readonly Lock _lock = new();
    private readonly ConcurrentDictionary<(string BuildId, StoreKind Kind, bool HasCode), bool> _claimed = [];
    private int _next;

    public StoreAddition(SymbolStore store, Action<string>? say, CancellationToken cancellation)
    {
        (_store, _say, _cancellation) = (store, say, cancellation);
        _folder = Path.Combine(store.Root, string.Create(CultureInfo.InvariantCulture, $"adding.{Environment.ProcessId}"));
        Directory.CreateDirectory(_folder);
    }

    public AddResult Result { get; } = new();

    public List<(string Release, StoreEntry Entry)> Added { get; } = [];

    public void Run(IReadOnlyList<string> paths)
    {
        var options = new ParallelOptions
        {
            CancellationToken = _cancellation,
            MaxDegreeOfParallelism = Math.Max(2, Environment.ProcessorCount)
        };
        Parallel.ForEach(Partitioner.Create(paths.SelectMany(Files), EnumerablePartitionerOptions.NoBuffering), options, Store);
    }

    public void Dispose()
    {
        if (Directory.Exists(_folder))
            Directory.Delete(_folder, recursive: true);
    }

    // A folder's files may be links to each other; each real file counts once.
    private IEnumerable<Candidate> Files(string path)
    {
        if (!Directory.Exists(path))
            return Open(path);
        var options = new EnumerationOptions
        {
            RecurseSubdirectories = true,
            IgnoreInaccessible = true,
            AttributesToSkip = FileAttributes.ReparsePoint
        };
        var own = $"{_store.Root}/";
        return Directory.EnumerateFiles(Path.GetFullPath(path), "*", options)
            .Where(file => !file.StartsWith(own, StringComparison.Ordinal)).SelectMany(Open);
    }

    private IEnumerable<Candidate> Open(string path)
    {
        _cancellation.ThrowIfCancellationRequested();
        using var files = Guarded(Candidates(path), path).GetEnumerator();
        while (files.MoveNext())
            yield return files.Current;
    }

    private IEnumerable<Candidate> Candidates(string path)
    {
        using var file = File.OpenRead(path);
        var head = new byte[HeadBytes];
        var length = file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
        file.Position = 0;
        if (ElfHeader.IsElf(head))
        {
            yield return new Candidate(path, path, IsTemporary: false, Path.GetFileName(path));
            yield break;
        }
        var isModule = ModuleFiles.NameOf(path) is not null;
        if (!isModule && !SetupHeader.IsOf(head.AsSpan(0, length)) && Package.TryOpen(file) is { } package)
        {
            _say?.Invoke(path);
            foreach (var member in package)
            {
                _cancellation.ThrowIfCancellationRequested();
                if (Spool(member.Name, member.Content) is { } spooled)
                    yield return new Candidate(spooled, member.Name, IsTemporary: true, Path.GetFileName(path));
            }
            yield break;
        }
        file.Position = 0;
        if (Spool(path, file) is { } plain)
            yield return new Candidate(plain, path, IsTemporary: true, Path.GetFileName(path));
    }

    // Broken input costs what comes after the breach, and is told.
    private IEnumerable<Candidate> Guarded(IEnumerable<Candidate> source, string path)
    {
        using var candidates = source.GetEnumerator();
        while (true)
        {
            Candidate current;
            try
            {
                if (!candidates.MoveNext())
                    yield break;
                current = candidates.Current;
            }
            catch (Exception e) when (e is IOException or InvalidDataException or UnauthorizedAccessException)
            {
                lock (_lock)
                    Result.Problems.Add($"{path}: {e.Message}");
                yield break;
            }
            yield return current;
        }
    }

    // The path of a copy of an ELF file, unpacked, or null if it is nothing of the kind.
    private string? Spool(string name, Stream content)
    {
        var head = new byte[HeadBytes];
        var length = content.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
        using var whole = new JoinedStream(head.AsMemory(0, length), [new Unowned(content)]);
        if (ElfHeader.IsElf(head))
            return Copy(whole);
        if (SetupHeader.IsOf(head.AsSpan(0, length)))
        {
            var path = NewPath();
            using var vmlinux = File.Create(path);
            BzImage.Extract(whole, vmlinux);
            return path;
        }
        if (ModuleFiles.NameOf(name) is null && !Path.GetFileName(name).StartsWith("vmlinux", StringComparison.Ordinal))
            return null;
        using var plain = Packed.Decoder(head.AsSpan(0, length), whole);
        return plain is null ? null : Copy(plain);
    }

    private string Copy(Stream content)
    {
        var path = NewPath();
        using var file = File.Create(path);
        var buffer = new byte[1 << 17];
        while (content.Read(buffer) is > 0 and var count)
        {
            file.Write(buffer, 0, count);
            if (file.Length > MostBytes)
                throw new InvalidDataException("a file in it has more than 8 GB");
        }
        return path;
    }

    private string NewPath() => Path.Combine(_folder, Interlocked.Increment(ref _next).ToString(CultureInfo.InvariantCulture));

    private void Store(Candidate candidate)
    {
        try
        {
            if (KernelFile.TryRead(candidate.Path, candidate.Name) is { } file)
                Store(candidate, file);
        }
        catch (Exception e) when (e is InvalidDataException or IOException)
        {
            lock (_lock)
                Result.Problems.Add($"{candidate.Name}: {e.Message}");
        }
        finally
        {
            if (candidate.IsTemporary)
                File.Delete(candidate.Path);
        }
    }

    private void Store(Candidate candidate, KernelFile file)
    {
        var isWanted = BuildIdTree.IsBuildId(file.Contents.BuildId)
            && (file.Contents.HasDebugInfo || file is { IsKernel: true, Contents.HasCode: true });
        if (!isWanted)
        {
            lock (_lock)
                Result.LeftOut++;
            return;
        }
        var kind = file.Contents.HasDebugInfo ? StoreKind.Debuginfo : StoreKind.Executable;
        var original = new FileInfo(candidate.Path).Length;
        var isFirst = _claimed.TryAdd((file.Contents.BuildId!, kind, file.Contents.HasCode), true);
        var stored = isFirst ? _store.Put(candidate.Path, file, kind, NewPath()) : null;
        lock (_lock)
        {
            var release = file.Release ?? StoreCatalog.NoRelease;
            Added.Add((release, new StoreEntry(
                file.Contents.BuildId!, kind, file.Name, stored is null ? 0 : original, stored ?? 0, candidate.Origin)));
            if (stored is null)
            {
                Result.Known++;
                return;
            }
            Result.Releases.Add(release);
            Result.Original += original;
            Result.Stored += stored.Value;
            if (kind == StoreKind.Debuginfo)
                Result.Debuginfo++;
            else
                Result.Executables++;
        }
    }

    /// <summary>An ELF file to store.</summary>
    private sealed record Candidate(string Path, string Name, bool IsTemporary, string Origin);

    /// <summary>A stream that someone else closes.</summary>
    private sealed class Unowned(Stream stream) : ReadOnlyStream
    {
        public override int Read(Span<byte> buffer) => stream.Read(buffer);
    }
}
