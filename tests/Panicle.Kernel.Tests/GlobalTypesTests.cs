using Panicle.Kernel.Values;

namespace Panicle.Kernel.Tests;

/// <summary>Of a name that the kernel and a module have, each has its own.</summary>
public class GlobalTypesTests
{
    [Fact]
    public void The_symbol_whose_type_is_known_is_meant_and_no_other_has_its_type()
    {
        var kernel = Samples.NullDeref;
        var shared = kernel.Symbols.All().GroupBy(symbol => symbol.Name)
            .Where(named => named.Select(symbol => symbol.Module).Distinct().Count() > 1).ToList();
        var (typed, untyped) = (0, 0);
        foreach (var named in shared)
        {
            Assert.True(GlobalTypes.TryFind(kernel, named.Key, out var meant));
            var types = named.ToLookup(symbol => GlobalTypes.Of(kernel, symbol) is not null);
            if (!types[true].Any())
                continue;
            typed++;
            Assert.Contains(meant, types[true]);
            foreach (var other in types[false])
            {
                untyped++;
                Assert.NotEqual(other.Address, meant.Address);
            }
        }
        Assert.True(typed > 0 && untyped > 0, $"{typed} of {shared.Count} names have a type, {untyped} symbols of them none");
    }
}
