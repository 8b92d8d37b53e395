using Panicle.Lab;

namespace Panicle.Truth.Tests;

/// <summary>The tests of a dump that the lab could not make are skipped: this one fails if those are more than a few.</summary>
public class LabTests
{
    private const int MostMissing = 5;

    /// <summary>Nearly all of the dumps are there.</summary>
    [Fact]
    public void The_lab_made_its_dumps()
    {
        var missing = Matrix.ForTests.Where(cell => !cell.Exists).Select(cell => cell.Name).ToList();
        Assert.True(missing.Count <= MostMissing, $"{missing.Count} dumps are missing: {string.Join(", ", missing)}");
    }

    /// <summary>Nearly all of the crashes that are told without a dump are there.</summary>
    [Fact]
    public void The_lab_made_its_channels()
    {
        var missing = Channels.ForTests.Where(crash => !crash.Exists).Select(crash => crash.Name).ToList();
        Assert.True(missing.Count <= MostMissing, $"{missing.Count} crashes are missing: {string.Join(", ", missing)}");
    }
}
