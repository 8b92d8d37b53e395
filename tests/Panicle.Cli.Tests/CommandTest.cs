using System.Text;
using System.Text.Json;

namespace Panicle.Cli.Tests;

/// <summary>What a line did.</summary>
internal sealed record Ran(int ExitCode, string Output, string Errors)
{
    /// <summary>The output's lines, without the last line feed.</summary>
    public string[] Lines => Output.TrimEnd('\n').Split('\n');

    /// <summary>The output as one JSON document.</summary>
    public JsonElement Json => JsonDocument.Parse(Output).RootElement;

    /// <summary>The <c>result</c> of the JSON document.</summary>
    public JsonElement Result => Json.GetProperty("result");
}

/// <summary>Runs lines of the shell for tests.</summary>
internal static class CommandTest
{
    /// <summary>Runs a line with a set of commands, without a dump.</summary>
    public static Ran Run(string line, CommandSet commands, Session? session = null, CancellationToken cancellation = default)
    {
        using var output = new MemoryStream();
        using var errors = new StringWriter();
        using var empty = Session.Empty();
        var exitCode = new LineRunner(new CommandRunner(session ?? empty, commands), errors).Run(line, output, 80, cancellation);
        return new Ran(exitCode, Encoding.UTF8.GetString(output.ToArray()), errors.ToString());
    }

    /// <summary>Runs <c>help</c>, which needs no dump: "help log --json".</summary>
    public static Ran RunHelp(string line) =>
        PanicleProcess.IsGiven ? PanicleProcess.Run(line.Split(' ')) : Run(line, CommandTable.Commands());

    /// <summary>Runs a verb of the program: "kdump status --json".</summary>
    public static Ran RunVerb(string line) => RunVerb(line.Split(' ', StringSplitOptions.RemoveEmptyEntries));

    /// <summary>Runs a verb of the program, given word by word.</summary>
    public static Ran RunVerb(params string[] words)
    {
        if (PanicleProcess.IsGiven)
            return PanicleProcess.Run(words);
        var verbs = CommandTable.Verbs();
        var inGroup = words.Length > 1 ? verbs.Find($"{words[0]} {words[1]}") : null;
        var verb = inGroup ?? verbs.Find(words[0])!;
        using var output = new MemoryStream();
        using var errors = new StringWriter();
        using var session = Session.Empty();
        var exitCode = new CommandRunner(session, CommandTable.Commands())
            .Run(verb, words[(inGroup is null ? 1 : 2)..], new OutputTarget(output, errors), default);
        return new Ran(exitCode, Encoding.UTF8.GetString(output.ToArray()), errors.ToString());
    }

    /// <summary>A set of these commands.</summary>
    public static CommandSet Set(params Command[] commands) =>
        new(commands.Select(c => new CommandEntry(c.GetType().Name, () => c)));
}
