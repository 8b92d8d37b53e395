namespace Panicle.Kdump.Retention;

/// <summary>A crash's directory that may be removed, since everything about it says that it is this machine's own.</summary>
/// <param name="Name">The directory's name.</param>
/// <param name="Path">The directory.</param>
/// <param name="Stamp">When it was made, by its name (UTC).</param>
/// <param name="Size">Bytes of its files.</param>
/// <param name="Files">The files' paths: all that is in it.</param>
internal sealed record OwnCrash(string Name, string Path, DateTime Stamp, ulong Size, IReadOnlyList<string> Files);
