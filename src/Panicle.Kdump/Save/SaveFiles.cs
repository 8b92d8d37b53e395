using Panicle.Dumps;
using Panicle.Dumps.Writing;
using Panicle.Formats.Files;
using Panicle.Kdump.Targets;

namespace Panicle.Kdump.Save;

/// <summary>The files that a dump is saved to.</summary>
internal sealed class SaveFiles(IReadOnlyList<string> names, SaveOptions options) : IDisposable
{
    private const string StandardOutput = "-";
    private const int MostParts = 999;

    private readonly CrashSink? _sink = options.Sink;
    private readonly List<FileOutput> _files = [];
    private FlattenedOutput? _flattened;
    private Stream? _stream;
    private bool _isInPlace;
    private bool _isComplete;

    public IReadOnlyList<string> Names => names;

    /// <summary>What they are called at the moment.</summary>
    public IEnumerable<string> CurrentNames =>
        _files.Count > 0 ? _files.Select(file => file.CurrentPath)
            : names.Select(name => _stream is null || _isInPlace || _isComplete ? name : name + FileOutput.IncompleteSuffix);

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

    /// <summary>
    /// Makes sure, before anything is written, that no input is overwritten, by whatever name it is called, and nothing else that
    /// isn't to be: neither by the dump and what is beside it, nor by what they are called until they are whole.
    /// </summary>
    /// <param name="names">The dump's files.</param>
    /// <param name="beside">The log's and the report's.</param>
    /// <param name="inputs">The files that are read.</param>
    /// <param name="options">How the dump is saved.</param>
    /// <exception cref="DumpException">Something would be.</exception>
    public static void Check(
        IReadOnlyList<string> names, IEnumerable<string> beside, IReadOnlyList<string> inputs, SaveOptions options)
    {
        foreach (var name in names.Where(name => name != StandardOutput))
        {
            CheckNoInput(name, inputs);
            switch (FileStatus.Of(name))
            {
                case { Kind: FileKind.Directory }:
                    throw new DumpException($"{name} is a directory; name the file to write in it");
                case { Kind: FileKind.BlockDevice }:
                    CheckDevice(name, options.Force);
                    break;
                case { Kind: FileKind.CharacterDevice }:
                    OutputDevice.Open(name, options.Force).Dispose();
                    break;
                case { Kind: FileKind.Pipe } when options.Format == SaveFormat.Flattened:
                    break;
                case { Kind: not FileKind.Regular }:
                    throw new DumpException($"{name} is no file; OUTPUT - writes a stream to standard output");
                default:
                    CheckFile(name, inputs, options.Force, "");
                    break;
            }
        }
        foreach (var name in beside)
            CheckFile(name, inputs, options.Force, "; --dump-only leaves the log and the report out");
    }

    private static void CheckFile(string name, IReadOnlyList<string> inputs, bool isForced, string advice)
    {
        foreach (var path in (string[])[name, name + FileOutput.IncompleteSuffix])
        {
            CheckNoInput(path, inputs);
            if (FileStatus.Of(path, follow: false) is not { } there)
                continue;
            if (OutputFile.IsSystemLink(path))
                throw new DumpException($"{path} is a link of the system's, which stays; OUTPUT - is standard output");
            if (!isForced)
                throw new DumpException($"{path} is there already; --force overwrites it{advice}");
            if (there.Kind is not (FileKind.Regular or FileKind.Link))
                throw new DumpException($"{path} is no file that could be overwritten");
        }
    }

    private static void CheckNoInput(string name, IReadOnlyList<string> inputs)
    {
        try
        {
            OutputFile.CheckNoInput(name, inputs);
        }
        catch (IOException refusal)
        {
            throw new DumpException(refusal.Message, refusal);
        }
    }

    private static void CheckDevice(string device, bool isForced)
    {
        if (!isForced && DeviceContent.Find(device) is { } content)
        {
            OutputDevice.Open(device, isForced: true).Dispose(); // Whether it is mounted counts for more.
            throw new DumpException($"{device} has {content} on it; --force overwrites it");
        }
        OutputDevice.Open(device, isForced).Dispose();
    }

    /// <summary>
    /// How much room there is where they go, in bytes; null where that can't be known, or is for the device to say.
    /// </summary>
    public ulong? Free
    {
        get
        {
            if (_sink is not null)
                return _sink.Free;
            return names[0] == StandardOutput || FileStatus.Of(names[0]) is { Kind: not FileKind.Regular }
                ? null
                : DirectorySink.FreeIn(Path.GetDirectoryName(Path.GetFullPath(names[0]))!);
        }
    }

    /// <param name="length">How long the one for the sink will be, where that is known.</param>
    public IReadOnlyList<IDumpOutput> Open(long? length = null)
    {
        if (_sink is not null)
            return [_flattened = new FlattenedOutput(_stream = _sink.Create(names[0], length))];
        if (names[0] == StandardOutput)
            return [_flattened = new FlattenedOutput(Console.OpenStandardOutput())];
        if (options.Format == SaveFormat.Flattened)
            return [_flattened = new FlattenedOutput(_stream = OpenStream(names[0]))];
        foreach (var name in names)
            _files.Add(FileOutput.Create(name, options.Force));
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
        if (_sink is not null)
        {
            _sink.Finish(names[0], _stream);
            return;
        }
        _stream.Dispose();
        if (!_isInPlace)
            File.Move(names[0] + FileOutput.IncompleteSuffix, names[0], options.Force);
        _isComplete = true;
    }

    public void Dispose()
    {
        foreach (var file in _files)
            file.Dispose();
        _stream?.Dispose();
    }

    private FileStream OpenStream(string path)
    {
        try
        {
            var there = FileStatus.Of(path);
            _isInPlace = there is { Kind: not FileKind.Regular };
            return there is { Kind: FileKind.BlockDevice or FileKind.CharacterDevice }
                ? new FileStream(OutputDevice.Open(path, options.Force), FileAccess.Write)
                : _isInPlace ? new FileStream(path, FileMode.Open, FileAccess.Write)
                : OutputFile.Create(path + FileOutput.IncompleteSuffix, options.Force);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new DumpException($"{path} can't be created: {failure.Message}", failure);
        }
    }
}
