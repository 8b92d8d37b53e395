namespace Panicle.Kdump.Configuration;

/// <summary>What one file of configuration says, in Panicle's own keys.</summary>
/// <param name="Path">The file.</param>
/// <param name="Settings">Its values.</param>
/// <param name="Remarks">What is wrong in it, or means nothing to Panicle.</param>
public sealed record ConfigurationFile(string Path, IReadOnlyList<Setting> Settings, IReadOnlyList<Remark> Remarks);
