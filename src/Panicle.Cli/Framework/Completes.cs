namespace Panicle.Cli;

/// <summary>What the shell offers for a word. Combine them where several kinds fit.</summary>
[Flags]
internal enum Completes
{
    Nothing = 0,
    Commands = 1,
    Symbols = 2,
    Types = 4,
    Tasks = 8,
    Modules = 16,
    Files = 32,
    Settings = 64,
}
