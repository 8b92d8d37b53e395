using System.Text;

namespace Panicle.Formats.Files;

/// <summary>
/// Files that are written for somebody: never one that is read for it, by whatever name or link; never over one that is there,
/// unless that was asked for; never through a link that somebody has put there. They are readable by their owner only: what is in
/// a crash is nobody else's business.
/// </summary>
public static class OutputFile
{
    /// <summary>The mode of what is written: 0600.</summary>
    public const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private const int BufferSize = 64 * 1024;

    /// <summary>Makes sure that a file isn't one of those that are read.</summary>
    /// <param name="path">The file to write.</param>
    /// <param name="inputs">Those that are read.</param>
    /// <exception cref="IOException">It is one of them.</exception>
    public static void CheckNoInput(string path, IEnumerable<string> inputs)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        var output = FileStatus.Of(path);
        foreach (var input in inputs)
        {
            var isSame = output is not null && FileStatus.Of(input) is { } status
                ? output.IsSame(status) && output.Kind is FileKind.Regular or FileKind.BlockDevice
                : Path.GetFullPath(input) == Path.GetFullPath(path);
            if (isSame)
                throw new IOException(Path.GetFullPath(input) == Path.GetFullPath(path)
                    ? $"{path} is the input; write to another file"
                    : $"{path} is the input {input} by another name; write to another file");
        }
    }

    /// <summary>Whether something is there, were it a link that leads nowhere.</summary>
    public static bool IsThere(string path) => FileStatus.Of(path, follow: false) is not null;

    /// <summary>
    /// Whether a path is one of the system's own links to what is open or lies elsewhere (<c>/dev/stdout</c>): a file in its
    /// place would take it from everybody.
    /// </summary>
    public static bool IsSystemLink(string path) =>
        FileStatus.Of(path, follow: false) is { Kind: FileKind.Link } && Path.GetFullPath(path) is var full
            && (full.StartsWith("/dev/", StringComparison.Ordinal) || full.StartsWith("/proc/", StringComparison.Ordinal));

    /// <summary>
    /// Creates a file. What is there already is unlinked first, if it may be: a link is taken away and not followed, and who
    /// still reads the old file has it.
    /// </summary>
    /// <exception cref="IOException">It is there and isn't to be overwritten, or can't be created.</exception>
    public static FileStream Create(string path, bool isForced) => Create(path, isForced, BufferSize);

    /// <summary>Creates a file as <see cref="Create(string, bool)"/> does.</summary>
    /// <param name="path">The file.</param>
    /// <param name="isForced">Whether what is there goes.</param>
    /// <param name="bufferSize">Bytes that are written at once.</param>
    public static FileStream Create(string path, bool isForced, int bufferSize)
    {
        if (isForced && FileStatus.Of(path, follow: false) is { } there)
        {
            if (there.Kind is not (FileKind.Regular or FileKind.Link))
                throw new IOException($"{path} is no file that could be overwritten");
            File.Delete(path);
        }
        return new FileStream(path, new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.ReadWrite,
            Share = FileShare.Read,
            BufferSize = bufferSize,
            UnixCreateMode = Private,
        });
    }

    /// <summary>
    /// Puts a text into the place of what a file held, whole or not at all: neither a full disk nor a power cut leaves a part of
    /// it.
    /// </summary>
    /// <param name="path">The file, not by way of a link.</param>
    /// <param name="text">What it is to hold, in UTF-8.</param>
    /// <param name="mode">
    /// The mode of a new file, where one that is there keeps its own; null for <see cref="Private"/>, whatever was there.
    /// </param>
    /// <exception cref="IOException">It can't be written; what was there still is.</exception>
    public static void Replace(string path, string text, UnixFileMode? mode = null) => Replace(path, file =>
    {
        file.Write(Encoding.UTF8.GetBytes(text));
        if (mode is { } ofNew)
            File.SetUnixFileMode(file.SafeFileHandle, FileStatus.Of(path, follow: false)?.Mode ?? ofNew);
    });

    /// <summary>The same of any content, with the mode <see cref="Private"/>.</summary>
    /// <param name="path">The file, not by way of a link.</param>
    /// <param name="write">Writes it.</param>
    /// <exception cref="IOException">It can't be written; what was there still is.</exception>
    public static void Replace(string path, Action<FileStream> write) => Put(path, isForced: true, file =>
    {
        write(file);
        file.Flush(flushToDisk: true);
    });

    /// <summary>
    /// Writes a text to a file: under another name first, so that an older one is lost only once the new one is whole. A device
    /// or a pipe takes the text as it comes.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="isForced">Whether one that is there is replaced.</param>
    /// <param name="write">Writes the text.</param>
    /// <exception cref="IOException">It is there and isn't to be replaced, or can't be written.</exception>
    public static void WriteText(string path, bool isForced, Action<TextWriter> write)
    {
        ArgumentNullException.ThrowIfNull(write);
        if (FileStatus.Of(path) is { Kind: FileKind.CharacterDevice or FileKind.Pipe })
        {
            using var stream = new StreamWriter(path);
            write(stream);
            return;
        }
        if (IsSystemLink(path))
            throw new IOException($"{path} is a link of the system's, which stays; \"-\" is standard output");
        if (!isForced && IsThere(path))
            throw new IOException($"{path} is there already; --force overwrites it");
        if (FileStatus.Of(path) is { Kind: not FileKind.Regular })
            throw new IOException($"{path} is no file that could be overwritten");
        Put(path, isForced, file =>
        {
            using var writer = new StreamWriter(file, leaveOpen: true);
            write(writer);
        });
    }

    // Under another name first: what is there stays until the new file is whole.
    private static void Put(string path, bool isForced, Action<FileStream> write)
    {
        var temporary = $"{path}.{Path.GetRandomFileName()}";
        try
        {
            using (var file = Create(temporary, isForced: false))
                write(file);
            File.Move(temporary, path, isForced);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }
}
