namespace Panicle.Cli;

/// <summary>What went wrong with a file, for people: the framework's own words are for its programmers.</summary>
internal static class FileError
{
    /// <summary>The failure in a sentence, with the file where it is known.</summary>
    public static string Describe(Exception failure)
    {
        var file = FileOf(failure);
        var before = file is null ? "" : $"{file}: ";
        return failure switch
        {
            FileNotFoundException => $"{before}there is no such file",
            DirectoryNotFoundException => $"{before}there is no such file or directory",
            // A descriptor that can't be written to or read.
            UnauthorizedAccessException { InnerException: IOException of } when file is null => of.Message,
            UnauthorizedAccessException => file is not null && Directory.Exists(file)
                ? $"{before}this is a directory"
                : $"{before}no permission",
            ArgumentException => "that is no name of a file",
            // "No space left on device : '/tmp/x'"
            IOException when file is not null && failure.Message.IndexOf(" : '", StringComparison.Ordinal) is > 0 and var end =>
                before + char.ToLowerInvariant(failure.Message[0]) + failure.Message[1..end],
            _ => failure.Message,
        };
    }

    private static string? FileOf(Exception failure)
    {
        if (failure is FileNotFoundException { FileName: { Length: > 0 } name })
            return name;
        var start = failure.Message.IndexOf('\'', StringComparison.Ordinal);
        var end = failure.Message.LastIndexOf('\'');
        return start >= 0 && end > start + 1 ? failure.Message[(start + 1)..end] : null;
    }
}
