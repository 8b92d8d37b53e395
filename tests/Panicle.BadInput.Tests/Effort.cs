namespace Panicle.BadInput.Tests;

/// <summary>
/// How many cases are tried: <c>./test --quick</c> is for the minute between two edits, <c>./test --full</c> for a release.
/// </summary>
internal static class Effort
{
    public static T Choose<T>(T quick, T ordinary, T full) =>
        Environment.GetEnvironmentVariable("PANICLE_QUICK") is not null ? quick
        : Environment.GetEnvironmentVariable("PANICLE_FULL") is not null ? full
        : ordinary;
}
