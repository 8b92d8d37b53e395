namespace Panicle.Cli;

/// <summary>What <c>set</c> changes and shows.</summary>
internal sealed class Settings
{
    /// <summary>Base in which commands print numbers without a base of their own: 10 or 16.</summary>
    public int Radix { get; set; } = 10;

    /// <summary>Whether long output on a terminal goes through a pager.</summary>
    public bool Scroll { get; set; } = true;

    /// <summary>Whether results are written as JSON.</summary>
    public bool Json { get; set; }
}
