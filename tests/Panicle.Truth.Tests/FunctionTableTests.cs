using Panicle.Lab;
using Panicle.Logs.Layers;

namespace Panicle.Truth.Tests;

/// <summary>The table of functions and their files in the program against the debug information that it is made from.</summary>
public class FunctionTableTests
{
    public static TheoryData<string> Kernels =>
        [.. LabDump.Cells.Select(cell => cell.Kernel.Name).Where(name => name is "6.1-cloud" or "6.12-cloud").Distinct()];

    /// <summary>All but the few that a newer release of the package has moved or added.</summary>
    [Theory, MemberData(nameof(Kernels))]
    public void The_table_has_every_function_where_the_kernel_has_it(string name)
    {
        var sources = new FunctionSources();
        sources.AddKernel(LabDump.Cells.First(cell => cell.Kernel.Name == name).Kernel.Vmlinux());
        var pairs = sources.Places.SelectMany(place => place.Value.Select(FunctionSources.Grouped).OfType<string>().Distinct()
            .Select(path => (place.Key, Path: path))).ToList();

        var missing = pairs.Where(pair => !FunctionPlaces.Of(pair.Key).Contains(pair.Path)).ToList();

        Assert.InRange(pairs.Count, 30_000, int.MaxValue);
        Assert.True(missing.Count <= pairs.Count / 100, $"{missing.Count} are missing: make the table anew (lab/lab functions): "
            + string.Join(", ", missing.Take(20)));
    }
}
