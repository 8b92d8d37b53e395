using Panicle.Cli.Commands.Values;

namespace Panicle.Cli;

/// <summary>The source of a function of the crashed kernel, for <c>dis -s</c>.</summary>
internal static class FunctionSource
{
    private const int LinesBefore = 2;

    /// <summary>File and line of a place in code, and the function's source up to there, or all of it for a bare name.</summary>
    /// <exception cref="CommandException">Nothing is known of the place.</exception>
    public static SourcePlace Find(CommandContext context, string place, string? count)
    {
        var session = context.Session;
        var address = Places.Parse(context, place);
        // In crash -s names the function itself, whatever has been inlined at the address.
        var frames = session.Lines.Find(address);
        if (frames is not [.., { File: { } file } frame])
            throw new CommandException(session.Lines.WhyMissing(address)
                ?? $"the debug information has no line for {(Address)address}");
        if (session.Lines.FindSource(address, file) is not { } path)
        {
            context.Note("there is no source text: name the kernel's source tree with --source DIR");
            return new(frame.Name!, frame.Line, []);
        }
        var (first, last) = Extent(session, address, file, frame.Line);
        if (count is not null)
            (first, last) = (frame.Line, frame.Line + Numbers.Count(count, "COUNT") - 1);
        return new(frame.Name!, frame.Line, SourceText.Read(path, Math.Max(1, first), last, frame.Line));
    }

    /// <summary>The first and the last line to show.</summary>
    private static (long First, long Last) Extent(Session session, ulong address, string file, uint line)
    {
        if (!session.Kernel.Symbols.TryLookup(address, out var function))
            return (line - LinesBefore, line);
        var start = LineOf(session, function.Address, file) ?? line;
        if (address != function.Address)
            return (Math.Min(start, line) - LinesBefore, line);
        // All of it: as far as its code goes.
        var last = line;
        foreach (var instruction in session.Kernel.Code.Function(function).Instructions)
            if (LineOf(session, instruction.Address, file) is { } other)
                last = Math.Max(last, other);
        return (start - LinesBefore, last + 1);
    }

    private static uint? LineOf(Session session, ulong address, string file) =>
        session.Lines.Find(address) is [.., { Line: > 0 } frame] && frame.File == file ? frame.Line : null;
}
