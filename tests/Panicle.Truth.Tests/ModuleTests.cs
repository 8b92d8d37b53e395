namespace Panicle.Truth.Tests;

public class ModuleTests
{
    public static TheoryData<string> Dumps => LabDump.Rows(_ => true);

    /// <summary>
    /// Each module with its size, address, state and taints. /proc has the youngest first; <c>mod</c> sorts by address.
    /// </summary>
    [Theory, MemberData(nameof(Dumps))]
    public void Modules_are_those_of_proc(string name)
    {
        var dump = LabDump.Find(name);
        var told = dump.Truth.Words("proc/modules")
            .Select(words => $"{words[5]} {words[0]} {words[1]} {words[4]} {(words.Length > 6 ? words[6].Trim('(', ')') : "")}");
        var found = dump.Ask("mod").GetProperty("modules").EnumerateArray().Select(module =>
            $"{module.GetProperty("base").GetString()} {module.GetProperty("name").GetString()} "
                + $"{module.GetProperty("size").GetUInt64()} "
            + $"{module.GetProperty("state").GetString()} {module.GetProperty("taints").GetString()}");
        Assert.Equal(string.Join('\n', told.Order(StringComparer.Ordinal)), string.Join('\n', found));
    }
}
