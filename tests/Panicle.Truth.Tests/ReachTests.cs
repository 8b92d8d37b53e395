using Panicle.Lab;

namespace Panicle.Truth.Tests;

/// <summary>
/// One crash of each kernel in every format: each opens, and says what the unfiltered dump of the same crash says. (The formats
/// that are captured in another way show a crash of their own; the other tests compare them with their own truth.)
/// </summary>
public class ReachTests
{
    /// <summary>Every filtered dump whose unfiltered one is there.</summary>
    public static TheoryData<string> Dumps => LabDump.Rows(cell =>
        cell.Format.Makedumpfile is not null && LabDump.Cells.Any(other => IsUnfiltered(other, cell)));

    /// <summary>What a person needs first.</summary>
    [Theory]
    [MemberData(nameof(Dumps))]
    public void Panic_backtrace_log_and_modules_are_the_unfiltereds(string name)
    {
        foreach (var command in new[] { "bt -p", "log", "mod" })
            Compare(name, command);
    }

    /// <summary>What takes many structures to be there.</summary>
    [Theory]
    [MemberData(nameof(Dumps))]
    public void Tasks_backtraces_and_files_are_the_unfiltereds(string name)
    {
        if (LabDump.Find(name).LacksPages)
            return; // The other tests say what can be asked of such a dump.
        foreach (var command in new[] { "bt", "mount", "dev", "files" })
            Compare(name, command);
    }

    private static void Compare(string name, string command)
    {
        var filtered = LabDump.Find(name);
        var unfiltered = LabDump.Find(LabDump.Cells.First(other => IsUnfiltered(other, filtered.Cell)).Name);
        Assert.Equal(unfiltered.Ask(command).GetRawText(), filtered.Ask(command).GetRawText());
    }

    private static bool IsUnfiltered(Cell other, Cell cell) =>
        other.Format.Name == "elf" && other.Kernel == cell.Kernel && other.Scenario == cell.Scenario;
}
