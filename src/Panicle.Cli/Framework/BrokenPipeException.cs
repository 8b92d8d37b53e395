namespace Panicle.Cli;

/// <summary>Whoever read our output has gone (<c>log | head</c>): stop quietly.</summary>
internal sealed class BrokenPipeException() : IOException("the reader of the output has gone");

/// <summary>The output can't be written: nothing more is tried there, not even to say so.</summary>
internal sealed class OutputException(string message) : IOException(message);
