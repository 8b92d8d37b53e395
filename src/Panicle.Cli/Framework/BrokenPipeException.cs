namespace Panicle.Cli;

/// <summary>Whoever read our output has gone (<c>log | head</c>): stop quietly.</summary>
internal sealed class BrokenPipeException() : IOException("the reader of the output has gone");
