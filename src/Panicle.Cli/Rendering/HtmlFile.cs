using Panicle.Formats.Files;

namespace Panicle.Cli.Rendering;

/// <summary>
/// Where a page goes that is asked for with --html: never over a file that is read for it, and over one that is there only if
/// that is an older page of Panicle's, or --force says so. "-" is standard output.
/// </summary>
internal sealed class HtmlFile
{
    /// <summary>What every page of Panicle's begins with.</summary>
    public const string Start =
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"generator\" content=\"Panicle\">";

    private readonly string _path;
    private readonly bool _isForced;

    private HtmlFile(string path, bool isForced) => (_path, _isForced) = (path, isForced);

    /// <summary>What --force says in the help.</summary>
    public static Option Force { get; } = Option.Flag("--force", "let --html overwrite a file that is no page of Panicle's");

    /// <summary>Whether the page takes the place of the text on standard output.</summary>
    public static bool IsStandardOutput(ParsedArguments arguments) => arguments.Value("--html") == "-";

    /// <summary>The file that --html names, once it is sure that it may be written; null for none.</summary>
    /// <param name="arguments">The command's: whatever they name beside may be read.</param>
    /// <exception cref="IOException">It is one of them, or is there already.</exception>
    public static HtmlFile? Of(ParsedArguments arguments)
    {
        if (arguments.Value("--html") is not { } path)
            return null;
        if (IsStandardOutput(arguments))
            return arguments.Json ? throw new UsageException("--html - and --json both want standard output") : null;
        var others = arguments.Given.Where(option => option.Name != "--html").Select(option => option.Value);
        var inputs = arguments.Operands.Concat(others).OfType<string>().Where(input => input is not ("" or "-"));
        OutputFile.CheckNoInput(path, inputs);
        var isForced = arguments.Has("--force") || IsOurs(path);
        if (!isForced && FileStatus.Of(path, follow: false) is { Kind: FileKind.Regular or FileKind.Link or FileKind.Directory })
            throw new IOException($"{path} is there already and no page of Panicle's; --force overwrites it");
        return new HtmlFile(path, isForced);
    }

    /// <summary>Writes the page to the file that was named.</summary>
    public void Write(Action<TextWriter> write) => OutputFile.WriteText(_path, _isForced, write);

    /// <summary>Writes the page to standard output, in the text's place.</summary>
    public static void WriteTo(TextOutput output, Action<TextWriter> write)
    {
        var page = new StringWriter();
        write(page);
        output.Lines(page.GetStringBuilder().ToString());
    }

    private static bool IsOurs(string path)
    {
        if (FileStatus.Of(path, follow: false) is not { Kind: FileKind.Regular } status)
            return false;
        if (status.Length == 0)
            return true;
        using var reader = new StreamReader(path);
        var start = new char[Start.Length];
        return start.AsSpan(0, reader.ReadBlock(start)).SequenceEqual(Start);
    }
}
