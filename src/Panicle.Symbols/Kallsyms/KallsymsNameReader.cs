using Panicle.Dumps;

namespace Panicle.Symbols.Kallsyms;

/// <summary>Reads the stream of compressed names, whose length nothing states.</summary>
internal static class KallsymsNameReader
{
    // Real tables take 11 to 14 bytes for each name.
    private const int UsualBytesPerName = 16;
    private const int MostBytesPerName = 64;

    /// <summary>
    /// Reads the names. A lost page costs those around it where the kernel's markers can be read, else all from there on.
    /// </summary>
    public static KallsymsNames? Read(
        IMemory memory, in KallsymsLayout layout, KallsymsTokens tokens, Limits limits, out string? why)
    {
        var names = layout.NameBytes is { } bytes
            ? KallsymsNames.Index(bytes, layout.Count, tokens)
            : ReadSome(memory, layout, tokens, limits, UsualBytesPerName);
        if (names.Count < layout.Count)
            names = ReadSome(memory, layout, tokens, limits, MostBytesPerName);
        why = names.Count == 0 ? $"the kallsyms names at 0x{layout.Names:x} can't be read" : null;
        return names.Count == 0 ? null : names;
    }

    private static KallsymsNames ReadSome(
        IMemory memory, in KallsymsLayout layout, KallsymsTokens tokens, Limits limits, int bytesPerName)
    {
        var length = Math.Min((long)layout.Count * bytesPerName, limits.MaxBlock);
        // Other tables follow the names in every kernel: what lies before them bounds the names.
        if (layout.TokenTable > layout.Names)
            length = (long)Math.Min((ulong)length, layout.TokenTable - layout.Names);
        // What is lost reads as zeros, and no name has the length 0.
        var data = MemoryBlock.Read(memory, layout.Names, (int)length, out _);
        var names = KallsymsNames.Index(data, layout.Count, tokens);
        return names.Count < layout.Count && KallsymsMarkers.Find(data, layout.Names, layout.Count) is { } markers
            ? KallsymsNames.Index(data, layout.Count, tokens, markers)
            : names;
    }
}
