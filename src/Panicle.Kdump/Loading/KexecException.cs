namespace Panicle.Kdump.Loading;

/// <summary>The kernel didn't take a capture kernel. The message says what to do.</summary>
public sealed class KexecException(string message) : Exception(message);
