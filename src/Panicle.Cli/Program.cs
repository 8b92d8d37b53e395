namespace Panicle.Cli;

/// <summary>The program's entry.</summary>
internal static class Program
{
    private static int Main(string[] args)
    {
        var runner = new CommandRunner(Session.Empty(), CommandTable.Commands());
        return runner.Run(CommandLine.Parse(string.Join(' ', args)), new OutputTarget(Console.OpenStandardOutput(), Console.Error), default);
    }
}
