namespace Panicle.Formats.Files;

/// <summary>
/// A file grows past what its file system or the process may have (EFBIG of write(2)). The runtime takes that for an argument
/// out of range; for whoever writes it is what a full disk is.
/// </summary>
public static class FileLimit
{
    /// <summary>What is told of it.</summary>
    public const string Message = "the file would be larger than its file system or the limit of this process permits";

    /// <summary>Whether a failed write failed of it.</summary>
    public static bool IsReached(Exception failure) => failure is ArgumentOutOfRangeException { ParamName: "value" }
        && failure.StackTrace?.Contains(nameof(RandomAccess), StringComparison.Ordinal) == true;

    /// <summary>Writes at a place of a file.</summary>
    /// <exception cref="IOException">It fails, of the limit too.</exception>
    public static void Write(Microsoft.Win32.SafeHandles.SafeFileHandle file, ReadOnlySpan<byte> bytes, long offset)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        try
        {
            RandomAccess.Write(file, bytes, offset);
        }
        catch (ArgumentOutOfRangeException e)
        {
            throw new IOException(Message, e);
        }
    }
}
