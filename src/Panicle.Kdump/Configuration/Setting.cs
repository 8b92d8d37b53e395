using Panicle.Kdump.Targets;

namespace Panicle.Kdump.Configuration;

/// <summary>One value of the configuration.</summary>
/// <param name="Key">Its name in Panicle's own file.</param>
/// <param name="Value">The value.</param>
/// <param name="Origin">Where it stands.</param>
public sealed record Setting(string Key, string Value, Origin Origin)
{
    /// <summary>Why nothing tells the value without running what stands there, as a clause; null if it is known.</summary>
    public string? WhyUnknown { get; init; }

    /// <summary>The value without a password.</summary>
    public string Shown => Key is "target" or "fallback" && Value.Length > 0 ? TargetAddress.Parse(Value).Shown : Value;
}
