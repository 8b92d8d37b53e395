namespace Panicle.Kdump.Readiness;

/// <summary>How bad what a check found is.</summary>
public enum CheckState
{
    /// <summary>As it should be.</summary>
    Good,

    /// <summary>Worth knowing; nothing needs to be done.</summary>
    Note,

    /// <summary>Captures, but worse than it could.</summary>
    Warning,

    /// <summary>A crash now would not be captured.</summary>
    Bad,

    /// <summary>It can't be known from here, and so nor whether a crash now would be captured.</summary>
    Unknown,
}

/// <summary>What one check found.</summary>
/// <param name="Name">What was looked at.</param>
/// <param name="State">How bad it is.</param>
/// <param name="Found">What was found.</param>
/// <param name="Meaning">What that means; "" where it needs no words.</param>
/// <param name="Remedy">How to mend it; "" where there is nothing to mend.</param>
public sealed record CheckResult(string Name, CheckState State, string Found, string Meaning = "", string Remedy = "");
