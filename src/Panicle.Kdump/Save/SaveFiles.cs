using Panicle.Dumps;
using Panicle.Dumps.Writing;
using Panicle.Kdump.Targets;

namespace Panicle.Kdump.Save;

/// <summary>The files that a dump is saved to.</summary>
internal sealed class SaveFiles(IReadOnlyList<string> names, CrashSink? sink = null) : IDisposable
{
    private const string StandardOutput = "-";
    private const int MostParts = 999;

    private readonly List<FileOutput> _files = [];
    private FlattenedOutput? _flattened;
    private Stream? _stream;
    private bool _isComplete;

    public IReadOnlyList<string> Names => names;

    /// <summary>What they are called at the moment.</summary>
    public IEnumerable<string> CurrentNames =>
        _files.Count > 0 ? _files.Select(file => file.CurrentPath)
            : names.Select(name => _stream is null || _isComplete ? name : name + FileOutput.IncompleteSuffix);

    /// <summary>Bytes of all of them.</summary>
    public long Length => names.Where(File.Exists).Sum(name => new FileInfo(name).Length);

    /// <summary>The names for an output: of a split dump, with the part's number behind the name.</summary>
    /// <exception cref="DumpException">The options contradict each other.</exception>
    public static IReadOnlyList<string> Of(string output, SaveOptions options)
    {
        if (options.Split == 1)
            return [output];
        if (options.Split is < 1 or > MostParts)
            throw new DumpException($"a dump can be split into 2 to {MostParts} files, not {options.Split}");
        if (options.Format != SaveFormat.Kdump || output == StandardOutput)
            throw new DumpException("only kdump-compressed dumps in files can be split");
        return [.. Enumerable.Range(1, options.Split).Select(part => $"{output}.{part}")];
    }

    /// <summary>Makes sure that nothing is overwritten that shouldn't be.</summary>
    /// <exception cref="DumpException">A file is there already, or is the input.</exception>
    public static void Check(IReadOnlyList<string> names, IReadOnlyList<string> inputs, SaveOptions options)
    {
        foreach (var name in names.Where(name => name != StandardOutput))
        {
            if (inputs.Any(input => Path.GetFullPath(input) == Path.GetFullPath(name)))
                throw new DumpException($"{name} is the input; save the dump under another name");
            if (Directory.Exists(name))
                throw new DumpException($"{name} is a directory; name the file to write in it");
            if (!options.Force && File.Exists(name) && !name.StartsWith("/dev/", StringComparison.Ordinal))
                throw new DumpException($"{name} is there already; --force overwrites it");
        }
    }

    /// <summary>
    /// How much room there is where they go, in bytes; null where that can't be known, or is for the device to say.
    /// </summary>
    public ulong? Free
    {
        get
        {
            var directory = Path.GetDirectoryName(Path.GetFullPath(names[0]))!;
            if (sink is not null)
                return sink.Free;
            return names[0] == StandardOutput || directory.StartsWith("/dev", StringComparison.Ordinal)
                ? null
                : DirectorySink.FreeIn(directory);
        }
    }

    /// <param name="format">Their form.</param>
    /// <param name="length">How long the one for the sink will be, where that is known.</param>
    public IReadOnlyList<IDumpOutput> Open(SaveFormat format, long? length = null)
    {
        if (sink is not null)
            return [_flattened = new FlattenedOutput(_stream = sink.Create(names[0], length))];
        if (names[0] == StandardOutput)
            return [_flattened = new FlattenedOutput(Console.OpenStandardOutput())];
        if (format == SaveFormat.Flattened)
            return [_flattened = new FlattenedOutput(_stream = OpenStream(names[0] + FileOutput.IncompleteSuffix))];
        foreach (var name in names)
            _files.Add(FileOutput.Create(name));
        return _files;
    }

    /// <summary>Puts the files on the disk, and then gives them their names.</summary>
    public void Complete()
    {
        foreach (var file in _files)
            file.Complete();
        _flattened?.Complete();
        if (_stream is null)
            return;
        if (sink is not null)
        {
            sink.Finish(names[0], _stream);
            return;
        }
        _stream.Dispose();
        File.Move(names[0] + FileOutput.IncompleteSuffix, names[0], overwrite: true);
        _isComplete = true;
    }

    public void Dispose()
    {
        foreach (var file in _files)
            file.Dispose();
        _stream?.Dispose();
    }

    private static FileStream OpenStream(string path)
    {
        try
        {
            return new FileStream(path, FileMode.Create, FileAccess.Write);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new DumpException($"{path} can't be created: {failure.Message}", failure);
        }
    }
}
