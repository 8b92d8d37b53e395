using System.Text;
using Panicle.Formats.Text;

namespace Panicle.Cli;

/// <summary>Where a command's output goes.</summary>
/// <param name="Stream">The result, as text or JSON.</param>
/// <param name="Errors">Errors and notes in text mode.</param>
/// <param name="Width">Columns to arrange text for.</param>
internal sealed record OutputTarget(Stream Stream, TextWriter Errors, int Width = 80);

/// <summary>
/// Runs one command after the other: computes its result, renders it, and turns every failure into a line and an exit code.
/// </summary>
internal sealed class CommandRunner(Session session, CommandSet commands)
{
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false);

    public CommandSet Commands => commands;

    /// <summary>The session that the commands run in.</summary>
    public Session Session => session;

    /// <summary>Runs a line without its redirection. Throws nothing but <see cref="BrokenPipeException"/>.</summary>
    /// <returns>The exit code that the command stands for.</returns>
    public int Run(CommandLine line, OutputTarget target, CancellationToken cancellation)
    {
        var context = new CommandContext(session, commands, cancellation);
        try
        {
            var (command, resolved) = context.Resolve(line);
            return Run(command, ParseArguments(command, resolved), context, target);
        }
        catch (Exception e) when (e is not BrokenPipeException)
        {
            return Report(e, line.Name, [.. line.Arguments.Select(w => w.Text)], target,
                line.Arguments.Any(w => w.Text == "--json"));
        }
    }

    /// <summary>Runs a command with arguments that are words already: a verb.</summary>
    public int Run(Command command, IReadOnlyList<string> words, OutputTarget target, CancellationToken cancellation)
    {
        var context = new CommandContext(session, commands, cancellation);
        try
        {
            return Run(command, ArgumentParser.Parse(command.Info, words), context, target);
        }
        catch (Exception e) when (e is not BrokenPipeException)
        {
            return Report(e, command.Info.Name, words, target, words.Contains("--json"));
        }
    }

    private static ParsedArguments ParseArguments(Command command, CommandLine line)
    {
        try
        {
            return ArgumentParser.Parse(command.Info, line.Arguments);
        }
        catch (UsageException e)
        {
            throw new UsageException(e.Message, $"usage: {command.Info.Usage}\n'help {command.Info.Name}' says more");
        }
    }

    private int Run(Command command, ParsedArguments arguments, CommandContext context, OutputTarget target)
    {
        if (arguments.Help)
        {
            RenderText(target, output => HelpText.Write(command.Info, output), context.Cancellation);
            return ExitCode.Done;
        }
        session.Cancellation = context.Cancellation;
        var result = command.Compute(context, arguments);
        foreach (var note in session.NewSymbolNotes())
            context.Note(note);
        if (arguments.Json || session.Settings.Json)
        {
            JsonEnvelope.Write(target.Stream, command.Info, arguments.Words, result, context.Notes);
            return result.ExitCode;
        }
        RenderText(target, result.WriteText, context.Cancellation);
        foreach (var note in context.Notes)
            target.Errors.WriteLine(VisibleText.Line($"{command.Info.Name}: note: {note}"));
        return result.ExitCode;
    }

    private static void RenderText(OutputTarget target, Action<TextOutput> render, CancellationToken cancellation)
    {
        using var writer = new StreamWriter(target.Stream, Utf8, 32 * 1024, leaveOpen: true);
        render(new TextOutput(writer, target.Width, cancellation));
    }

    private int Report(Exception reason, string name, IReadOnlyList<string> arguments, OutputTarget target, bool json)
    {
        var failure = Failure.From(reason);
        if ((json || session.Settings.Json) && reason is not OutputException)
            JsonEnvelope.WriteError(target.Stream, name, arguments, failure);
        else
            failure.Write(name, target.Errors);
        return failure.ExitCode;
    }
}
