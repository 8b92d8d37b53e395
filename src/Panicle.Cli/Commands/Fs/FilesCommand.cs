using System.Globalization;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using System.Text.RegularExpressions;
using Panicle.Formats.Json;
using Panicle.Kernel;
using Panicle.Kernel.Fs;
using Panicle.Kernel.Sched;

namespace Panicle.Cli.Commands.Fs;

/// <summary>Open files of tasks; or with -d what one directory entry is.</summary>
internal sealed record FilesResult(IReadOnlyList<FilesTask> Tasks, FilesEntry? Entry);

/// <summary>A task's root, working directory, program and open files; null where it has none or it can't be read.</summary>
internal sealed record FilesTask(int Pid, Address Task, int? Cpu, string? Command)
{
    public string? Root { get; init; }
    public string? WorkingDirectory { get; init; }
    public string? Program { get; init; }
    public IReadOnlyList<FilesFile>? Files { get; init; }

    /// <summary>Why its files can't be read.</summary>
    public string? Problem { get; init; }
}

/// <summary>
/// An open file. Type is REG, DIR, CHR, BLK, SOCK, FIFO, LNK or UNKN; Position in bytes; Flags are those of open(2).
/// </summary>
internal sealed record FilesFile(
    int Descriptor, Address File, Address? Dentry, Address? Inode, Address? Mapping, ulong? CachedPages, string Type,
    string? Path, long? Position, uint? Flags, string? Problem);

/// <summary>A directory entry; the path is within its file system.</summary>
internal sealed record FilesEntry(Address Dentry, Address Inode, Address SuperBlock, string Type, string Path);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true,
    Converters = [typeof(WideUInt64Converter), typeof(WideInt64Converter)])]
[JsonSerializable(typeof(FilesResult))]
internal sealed partial class FilesJson : JsonSerializerContext;

/// <summary>files: the files that tasks have open.</summary>
internal sealed class FilesCommand : Command<FilesResult>
{
    private static readonly TimeSpan MatchTimeout = TimeSpan.FromSeconds(1);

    /// <inheritdoc/>
    public override CommandInfo Info { get; } = new("files", "open files of a task")
    {
        SchemaVersion = 2,
        Options =
        [
            Option.Flag("-c", "cached pages of each file"),
            Option.Value(
                "-R", "REFERENCE", "only files with this descriptor, address, or path that the regular expression matches"),
            Option.Value("-d", "DENTRY", "what this directory entry is"),
        ],
        Operands = [Operand.Any("PID | TASK", Completes.Tasks)],
        Description = """
            The root and working directory of a task, and the files that it has open, with the addresses of the struct file,
            dentry and inode. Without an operand: the current task. Paths and names are those of /proc/PID/fd: full paths
            across mounts, "(deleted)" for files without a name any more, pipe:[INODE], socket:[INODE] and
            anon_inode:[eventfd] for what has no path. TYPE is REG, DIR, CHR, BLK, SOCK, FIFO, LNK, or UNKN for anonymous
            inodes.

            With -c: the inode, its address_space and how many of the file's pages were cached. With -R: only what refers to
            the given thing; with foreach that finds every task that uses a file.
            """,
        Examples =
        [
            new("files 1", """
                PID: 1        TASK: ff2e6e85811f4180  CPU: 0    COMMAND: "init"
                ROOT: /    CWD: /
                 FD       FILE            DENTRY           INODE       TYPE PATH
                  0 ff2e6e8581815c00 ff2e6e8581d53cc0 ff2e6e85b0542550 CHR  /dev/console
                  1 ff2e6e85bea29c00 ff2e6e85826120c0 ff2e6e8581f7f7e8 REG  /proc/sysrq-trigger
                  2 ff2e6e8581815c00 ff2e6e8581d53cc0 ff2e6e85b0542550 CHR  /dev/console
                 10 ff2e6e8581815500 ff2e6e8581e4fb40 ff2e6e85b05486b0 REG  /init
                 11 ff2e6e8581815c00 ff2e6e8581d53cc0 ff2e6e85b0542550 CHR  /dev/console
                """),
        ],
    };

    /// <inheritdoc/>
    protected override JsonTypeInfo<FilesResult> JsonType => FilesJson.Default.FilesResult;

    /// <inheritdoc/>
    protected override FilesResult Execute(CommandContext context, ParsedArguments arguments)
    {
        var files = context.Session.Kernel.Fs.Files;
        if (arguments.Value("-d") is { } dentry)
            return new FilesResult([], EntryAt(context.Session.Kernel, dentry));
        var filter = arguments.Value("-R") is { } reference ? Filter(reference) : null;
        var tasks = arguments.Operands.Count == 0
            ? [context.Session.CurrentTask]
            : arguments.Operands.Select(context.Session.FindTask);
        var results = new List<FilesTask>();
        foreach (var task in tasks)
        {
            context.Cancellation.ThrowIfCancellationRequested();
            var read = Read(context, files, task);
            if (filter is not null)
                read = read with { Files = read.Files?.Where(filter).ToList() };
            if (filter is null || read.Files is null or { Count: > 0 })
                results.Add(read);
        }
        return new FilesResult(results, null);
    }

    /// <inheritdoc/>
    protected override void WriteText(FilesResult result, View view, TextOutput output)
    {
        if (result.Entry is { } entry)
        {
            var table = new TextTable(
                Column.Centred("DENTRY"), Column.Centred("INODE", gap: 1), Column.Centred("SUPERBLK", gap: 1),
                Column.Left("TYPE", gap: 1), Column.Left("PATH", gap: 1));
            table.Row(entry.Dentry.ToString(), entry.Inode.ToString(), entry.SuperBlock.ToString(), entry.Type, entry.Path);
            table.WriteTo(output);
        }
        for (var i = 0; i < result.Tasks.Count; i++)
        {
            if (i > 0)
                output.Line();
            WriteTask(result.Tasks[i], view.Has("-c"), output);
        }
    }

    private static FilesTask Read(CommandContext context, OpenFiles files, KernelTask task)
    {
        var losses = context.Losses;
        var result = new FilesTask(task.Pid, task.Address, losses.Try(() => task.Cpu), losses.Try(() => task.Command))
        {
            Root = losses.Try(() => files.RootOf(task)),
            WorkingDirectory = losses.Try(() => files.WorkingDirectoryOf(task)),
            Program = losses.Try(() => files.ProgramOf(task)),
        };
        try
        {
            return result with { Files = [.. files.Of(task).Select(FileOf)] };
        }
        catch (KernelReadException failure)
        {
            return result with { Problem = failure.Message };
        }
    }

    private static FilesFile FileOf(OpenFile file) => new(
        file.Descriptor, file.File, file.Dentry, file.Inode, file.Mapping, file.CachedPages, Letters(file.Type), file.Path,
        file.Position, file.Flags, file.WhyIncomplete);

    private static FilesEntry EntryAt(KernelDump kernel, string text)
    {
        if (!Numbers.TryParseHex(text, out var address))
            throw new UsageException($"-d: '{text}' is not an address");
        var inode = kernel.Fs.Paths.InodeOf(address);
        var super = kernel.At(address, "struct dentry")["d_sb"].ToUInt64();
        return new FilesEntry(
            address, inode, super, inode == 0 ? "N/A" : Letters(kernel.Fs.Files.TypeOf(inode)),
            kernel.Fs.Paths.ResolveInFileSystem(address));
    }

    private static Func<FilesFile, bool> Filter(string reference)
    {
        if (int.TryParse(reference, NumberStyles.None, CultureInfo.InvariantCulture, out var descriptor))
            return file => file.Descriptor == descriptor;
        if (Numbers.TryParseAddress(reference, out var address))
            return file => file.File == address || file.Dentry == address || file.Inode == address || file.Mapping == address;
        try
        {
            var pattern = new Regex(reference, RegexOptions.CultureInvariant, MatchTimeout);
            return file => file.Path is not null && pattern.IsMatch(file.Path);
        }
        catch (ArgumentException e)
        {
            throw new UsageException($"-R: '{reference}' is not a regular expression: {e.Message}");
        }
    }

    private static string Letters(FileType? type) => type switch
    {
        FileType.Regular => "REG",
        FileType.Directory => "DIR",
        FileType.CharacterDevice => "CHR",
        FileType.BlockDevice => "BLK",
        FileType.Socket => "SOCK",
        FileType.Fifo => "FIFO",
        FileType.Link => "LNK",
        _ => "UNKN",
    };

    private static void WriteTask(FilesTask task, bool showCache, TextOutput output)
    {
        output.Line(TaskHeader.Of(task.Pid, task.Task, task.Cpu, task.Command ?? "?"));
        output.Line($"ROOT: {task.Root ?? "(unknown)"}    CWD: {task.WorkingDirectory ?? "(unknown)"}");
        if (task.Files is null)
            output.Line($"(the open files can't be read: {task.Problem})");
        else if (task.Files.Count == 0)
            output.Line("No open files");
        else if (showCache)
            WriteCached(task.Files, output);
        else
            WriteFiles(task.Files, output);
    }

    private static void WriteFiles(IReadOnlyList<FilesFile> files, TextOutput output)
    {
        var table = new TextTable(
            Column.Right("FD", 3), Column.Centred("FILE", gap: 1), Column.Centred("DENTRY", gap: 1),
            Column.Centred("INODE", gap: 1), Column.Left("TYPE", gap: 1), Column.Left("PATH", gap: 1));
        foreach (var file in files)
            table.Row($"{file.Descriptor}", file.File.ToString(), Shown(file.Dentry), Shown(file.Inode), file.Type,
                PathOf(file));
        table.WriteTo(output);
    }

    private static void WriteCached(IReadOnlyList<FilesFile> files, TextOutput output)
    {
        var table = new TextTable(
            Column.Right("FD", 3), Column.Centred("INODE", gap: 1), Column.Centred("I_MAPPING", gap: 1),
            Column.Right("NRPAGES", gap: 1), Column.Left("TYPE", gap: 1), Column.Left("PATH", gap: 1));
        foreach (var file in files)
        {
            var pages = file.CachedPages?.ToString(CultureInfo.InvariantCulture) ?? "--";
            table.Row($"{file.Descriptor}", Shown(file.Inode), Shown(file.Mapping), pages, file.Type, PathOf(file));
        }
        table.WriteTo(output);
    }

    private static string Shown(Address? address) => address?.ToString() ?? "?";

    private static string PathOf(FilesFile file) => file.Path ?? $"(unknown: {file.Problem})";
}
