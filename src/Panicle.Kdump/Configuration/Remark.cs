namespace Panicle.Kdump.Configuration;

/// <summary>Something wrong, or not taken over, in a file of configuration.</summary>
/// <param name="Origin">Where.</param>
/// <param name="Message">What, in a sentence.</param>
public sealed record Remark(Origin Origin, string Message);
