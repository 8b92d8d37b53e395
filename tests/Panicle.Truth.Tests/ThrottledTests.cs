namespace Panicle.Truth.Tests;

/// <summary>Four tasks that always want to run, in groups that had used up their thousandth of the time.</summary>
public class ThrottledTests
{
    private const int Spinning = 4;

    public static TheoryData<string> Dumps => LabDump.Rows(cell => cell.Scenario.Name == "throttled");

    /// <summary>They are in the queues, and marked; one of them may have had its millisecond just then.</summary>
    [Theory, MemberData(nameof(Dumps))]
    public void Tasks_without_time_left_are_throttled(string name)
    {
        var waiting = LabDump.Find(name).Ask("runq").GetProperty("queues").EnumerateArray()
            .SelectMany(queue => queue.GetProperty("fair").EnumerateArray())
            .Where(task => task.GetProperty("isThrottled").GetBoolean()).ToList();
        Assert.InRange(waiting.Count, Spinning - 1, Spinning);
        Assert.Equal(waiting.Count, waiting.Select(task => task.GetProperty("pid").GetInt32()).Distinct().Count());
    }
}
