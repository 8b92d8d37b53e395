namespace Panicle.Kdump.Retention;

/// <summary>A crash that is kept in a directory. Sizes in bytes.</summary>
/// <param name="Name">The name of its directory.</param>
/// <param name="Path">Its directory.</param>
/// <param name="Time">When it was saved (UTC).</param>
/// <param name="Host">The machine; null if nothing says it.</param>
/// <param name="Kernel">The kernel's release; null if nothing says it.</param>
/// <param name="Title">What happened, in a line; null if nothing says it.</param>
/// <param name="Kind">Its kind, as panicle oops names it; null if nothing says it.</param>
/// <param name="Signature">What crashes with the same cause have in common; null if nothing says it.</param>
/// <param name="Dump">The dump's file; null if only the log was saved.</param>
/// <param name="Size">The size of everything in the directory.</param>
/// <param name="IsComplete">Whether the dump is whole.</param>
public sealed record KeptCrash(
    string Name, string Path, DateTime Time, string? Host, string? Kernel, string? Title, string? Kind, string? Signature,
    string? Dump, ulong Size, bool IsComplete);
