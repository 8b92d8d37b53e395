using Panicle.Kdump;

namespace Panicle.Cli.Verbs.Kdump;

/// <summary>The option with which every verb of kdump looks at another machine's files than this one's.</summary>
internal static class Roots
{
    public static Option Option { get; } = Option.Value(
        "--root", "DIR", "the system in this directory instead of the running one", Completes.Files);

    /// <summary>The system that was asked about.</summary>
    /// <exception cref="DirectoryNotFoundException">There is no such directory: nothing must be said of it.</exception>
    public static SystemRoot From(ParsedArguments arguments) =>
        arguments.Value("--root") is not { } path ? SystemRoot.Live
        : Directory.Exists(path) ? new SystemRoot(path)
        : throw new DirectoryNotFoundException($"--root: there is no directory '{path}'");
}
