namespace Panicle.Kernel;

/// <summary>Something of the crashed kernel that could not be read, while the rest could.</summary>
/// <param name="What">
/// What it was, for a person: "the log". Null where <paramref name="Why"/> says that, too:
/// "the list at 0x… breaks off after 3 elements".
/// </param>
/// <param name="Why">
/// The reason, as a clause; of values that are counted together (<see cref="Losses.Try{T}(Func{T})"/>) the first one's.
/// </param>
/// <param name="Count">How often it was met.</param>
public sealed record Loss(string? What, string Why, int Count)
{
    /// <summary>The <see cref="What"/> of values of a table, which are counted together.</summary>
    internal const string OfValue = "a value is unknown";

    /// <summary>As a sentence for a person, without a full stop.</summary>
    public override string ToString() => What switch
    {
        null => Why,
        OfValue when Count > 1 => $"{Count} values are unknown; the first: {Why}",
        _ => $"{What}: {Why}",
    };
}
