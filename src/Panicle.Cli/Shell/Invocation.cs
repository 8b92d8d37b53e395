using Microsoft.Win32.SafeHandles;
using Panicle.Cli.Commands.Symbols;
using Panicle.Kdump.Capture;
using Panicle.Kdump.Rehearsal;

namespace Panicle.Cli;

/// <summary>What <c>panicle DUMP [VMLINUX]</c> was asked to do.</summary>
internal static class Invocation
{
    /// <summary>The program's own declaration.</summary>
    public static CommandInfo Info { get; } = new("panicle", "explains Linux kernel crash dumps")
    {
        Operands = [Operand.Some("DUMP [VMLINUX]", Completes.Files)],
        Options =
        [
            Option.Value("-c", "COMMAND", "run a command of the shell and exit; may be repeated", Completes.Commands),
            Option.Value("-i", "FILE", "run the commands in a file (- for standard input) first", Completes.Files),
            Option.Flag("-s", "no banner"),
            Option.Flag("--no-pager", "long output scrolls by"),
            .. SymbolArguments.Options,
            Option.Flag("--version", "print the version"),
        ],
    };

    public static int Run(string[] arguments)
    {
        if (CaptureInit.IsOurs)
            return CaptureInit.Run(Verbs.SaveVerb.WriteReport);
        if (CaptureRehearsal.RunStage(arguments) is { } code)
            return code;
        var stdout = new StandardOutput();
        try
        {
            return Run(arguments, stdout);
        }
        catch (BrokenPipeException)
        {
            return ExitCode.Done;
        }
        catch (Exception e)
        {
            return Report(e, arguments, stdout);
        }
    }

    private static int Report(Exception reason, string[] arguments, Stream stdout)
    {
        var failure = Failure.From(reason);
        try
        {
            if (arguments.Contains("--json") && reason is not OutputException)
            {
                JsonEnvelope.WriteError(stdout, Info.Name, arguments, failure);
                return failure.ExitCode;
            }
        }
        catch (IOException)
        {
            // Then it is said where messages are.
        }
        failure.Write(Info.Name, Console.Error);
        return failure.ExitCode;
    }

    private static int Run(string[] arguments, Stream stdout)
    {
        if (arguments.Length == 0)
        {
            Console.Error.Write(Usage);
            return ExitCode.Usage;
        }
        if (arguments is ["--version"])
        {
            stdout.Write("panicle "u8);
            stdout.Write(System.Text.Encoding.UTF8.GetBytes($"{BuildInfo.Version}\n"));
            return ExitCode.Done;
        }
        using var session = Session.Empty();
        var runner = new CommandRunner(session, CommandTable.Commands());
        var target = new OutputTarget(stdout, Console.Error);
        if (arguments[0] is "--help" or "-h")
            return Write(stdout, Usage);
        if (arguments[0] == "help")
            return runner.Run(runner.Commands.Find("help")!, arguments[1..], target, default);
        var verbs = CommandTable.Verbs();
        if (arguments.Length > 1 && verbs.Find($"{arguments[0]} {arguments[1]}") is { } inGroup)
            return runner.Run(inGroup, arguments[2..], target, default);
        if (verbs.Find(arguments[0]) is { } verb)
            return runner.Run(verb, arguments[1..], target, default);
        if (arguments[0].Length > 0 && verbs.Entries.Any(entry => entry.Group == arguments[0]))
            return ShowGroup(verbs, arguments, stdout);
        // Neither a verb nor a file: more likely a verb that was mistyped.
        if (!Path.Exists(arguments[0]) && Suggestion.Nearest(arguments[0], Words(verbs)) is { } meant)
            throw new UsageException(
                $"there is neither a verb nor a file '{arguments[0]}'; did you mean 'panicle {meant}'? "
                    + "'panicle --help' lists the verbs");
        return RunShell(ParseArguments(arguments), runner, stdout);
    }

    private static IEnumerable<string> Words(CommandSet verbs) =>
        verbs.Entries.Select(verb => verb.Name.Split(' ')[0]).Append("help").Distinct();

    // "panicle kdump", or a second word that is none of its verbs.
    private static int ShowGroup(CommandSet verbs, string[] arguments, Stream stdout)
    {
        using var writer = new StringWriter();
        var table = new TextTable(Column.Left(""), Column.Left(""));
        foreach (var verb in verbs.All.Where(verb => verb.Info.Name.StartsWith($"{arguments[0]} ", StringComparison.Ordinal)))
            table.Row($"panicle {verb.Info.Name}", verb.Info.Summary);
        table.WriteTo(new TextOutput(writer, 80, CancellationToken.None), headings: false, indent: "  ");
        return arguments.Length == 1 || arguments[1] is "--help" or "-h" or "help"
            ? Write(stdout, writer.ToString())
            : throw new UsageException($"there is no '{arguments[0]} {arguments[1]}'"
                + Suggestion.For($"{arguments[0]} {arguments[1]}", verbs.Entries.Select(verb => verb.Name))
                + "; there are", writer.ToString().TrimEnd());
    }

    private static ParsedArguments ParseArguments(string[] arguments)
    {
        try
        {
            return ArgumentParser.Parse(Info, arguments);
        }
        catch (UsageException e)
        {
            throw new UsageException(e.Message, Usage.TrimEnd());
        }
    }

    private static int RunShell(ParsedArguments arguments, CommandRunner runner, Stream stdout)
    {
        if (arguments.Help)
            return Write(stdout, Usage);
        runner.Session.Settings.Json = arguments.Json;
        runner.Session.Settings.Scroll = !arguments.Has("--no-pager");
        runner.Session.DebugFileOptions = SymbolArguments.From(arguments, runner.Session);
        runner.Session.Open(arguments.Operands);
        var lines = new LineRunner(runner, Console.Error);
        var exitCode = RunGiven(arguments, lines, stdout);
        if (arguments.Has("-c") || runner.Session.IsEnding)
            return exitCode;
        if (Console.IsInputRedirected)
            return arguments.Has("-i") ? exitCode : Math.Max(exitCode, lines.RunStandardInput(stdout));
        RunInteractive(runner, stdout, banner: !arguments.Has("-s") && !arguments.Json);
        return exitCode;
    }

    private static int RunGiven(ParsedArguments arguments, LineRunner lines, Stream stdout)
    {
        var exitCode = ExitCode.Done;
        foreach (var (option, value) in arguments.Given)
        {
            var code = option switch
            {
                "-c" => lines.Run(value!, stdout),
                "-i" => lines.RunFile(value!, stdout, 80, default),
                _ => ExitCode.Done,
            };
            exitCode = Math.Max(exitCode, code);
        }
        return exitCode;
    }

    private static void RunInteractive(CommandRunner runner, Stream stdout, bool banner)
    {
        var terminal = new ConsoleTerminal();
        using var interrupts = new Interrupts();
        var shell = new InteractiveShell(runner, terminal, stdout, interrupts);
        if (Environment.GetEnvironmentVariable("TERM") is null or "" or "dumb")
        {
            // Such a terminal knows no control sequences, and the framework's reader of lines writes some.
            using var input = new SafeFileHandle(0, ownsHandle: false);
            using var plain = new StreamReader(new FileStream(input, FileAccess.Read, 1, false));
            new LineRunner(runner, Console.Error).RunScript(plain, stdout, prompt: "panicle> ");
            return;
        }
        var history = new History(History.DefaultPath());
        var editor = new LineEditor(terminal, history, new Completer(runner.Commands, CompletionProviders.For(runner.Session)));
        if (banner)
        {
            terminal.Write($"panicle {BuildInfo.Version}; 'help' lists the commands, 'quit' leaves\n\n");
            shell.RunLine("sys");
            terminal.Write("\n");
        }
        shell.Run(editor, history);
    }

    private static int Write(Stream stdout, string text)
    {
        stdout.Write(System.Text.Encoding.UTF8.GetBytes(text));
        return ExitCode.Done;
    }

    private static string Usage
    {
        get
        {
            using var writer = new StringWriter();
            var output = new TextOutput(writer, 80, CancellationToken.None);
            output.Line("usage: panicle DUMP [VMLINUX] [-c COMMAND]...   a shell on a crash dump");
            foreach (var verb in CommandTable.Verbs().All)
                output.Line($"       panicle {verb.Info.Name,-38} {verb.Info.Summary}");
            output.Line($"       panicle {"help [COMMAND]",-38} the shell's commands");
            output.Line();
            var table = new TextTable(Column.Left("", 10), Column.Left(""));
            foreach (var option in Info.Options)
                table.Row(option.Signature, option.Help);
            table.Row("--json", "results as JSON, one document a line (docs/json.md)");
            table.WriteTo(output, headings: false, indent: "  ");
            return writer.ToString();
        }
    }
}
