using System.Runtime.InteropServices;
using Panicle.Formats.Streams;

namespace Panicle.Cli;

/// <summary>
/// The process's standard output, or its standard error. The framework's own stream hides that the reader has gone, and then
/// <c>panicle DUMP -c log | head</c> would compute the rest for nobody.
/// </summary>
internal sealed partial class StandardOutput(int descriptor = 1) : WriteOnlyStream
{
    private const int Interrupted = 4; // EINTR
    private const int Again = 11; // EAGAIN
    private const int Pipe = 32; // EPIPE

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        while (buffer.Length > 0)
        {
            var written = WriteDescriptor(descriptor, buffer, (nuint)buffer.Length);
            if (written >= 0)
                buffer = buffer[(int)written..];
            else
                ThrowOrWait(Marshal.GetLastPInvokeError());
        }
    }

    private static void ThrowOrWait(int error)
    {
        if (error == Pipe)
            throw new BrokenPipeException();
        if (error == Again)
            Thread.Sleep(1);
        else if (error != Interrupted)
            throw new OutputException($"can't write to standard output: {Marshal.GetPInvokeErrorMessage(error)}");
    }

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    private static partial nint WriteDescriptor(int descriptor, ReadOnlySpan<byte> buffer, nuint count);
}
