namespace Panicle.Logs.Reading;

/// <summary>A line of a text, before its prefixes are taken from it.</summary>
/// <param name="Text">The line, without its end.</param>
/// <param name="Number">The number of its first line in the text, from 1.</param>
/// <param name="Seconds">Seconds since boot, where its record tells them beside the message, or null.</param>
internal readonly record struct RawLine(string Text, long Number, double? Seconds = null);
