using System.Text;
using Panicle.Symbols.Dwarf;

namespace Panicle.Symbols.Tests.Dwarf;

/// <summary>
/// Every address of a program's code, compared with binutils' addr2line; for each version of DWARF and each way to pack it.
/// </summary>
public class DebugBinaryTests
{
    private static readonly string[] Functions = ["never", "middle", "main"];

    public static TheoryData<string> Programs =>
    [
        "gcc -gdwarf-2", "gcc -gdwarf-3", "gcc -gdwarf-4", "gcc -gdwarf-5", "gcc -gdwarf-5 -gz=zlib",
            "gcc -gdwarf-4 -gz=zlib-gnu", "gcc -gdwarf-4 -fdebug-types-section", "gcc -gdwarf-5 -no-pie",
    ];

    public static TheoryData<string> ProgramsOfLlvm =>
        CompiledSample.Has("clang") && CompiledSample.Has("llvm-symbolizer")
            ? ["clang -gdwarf-5", "clang -gdwarf-5 -gz", "clang -gdwarf-4", "clang -gdwarf-3"]
            : [];

    [Theory, MemberData(nameof(Programs))]
    public void Every_address_has_the_line_and_the_inlined_chain_that_addr2line_shows(string compiler)
    {
        using var sample = new CompiledSample(compiler);
        Compare(sample);
    }

    // addr2line of binutils 2.40 reads neither.
    [Theory, InlineData("-gdwarf64"), InlineData("-fdebug-types-section")]
    public void The_form_of_the_debug_information_makes_no_difference(string option)
    {
        using var plain = new CompiledSample("gcc -gdwarf-5");
        using var other = new CompiledSample($"gcc -gdwarf-5 {option}");
        using var one = Open(plain);
        using var same = Open(other);
        Assert.Equal(
            AddressesOf(one).Select(address => Text(one, address)), AddressesOf(same).Select(address => Text(same, address)));
        Assert.Empty(same.Problems);

        static string Text(DebugBinary binary, ulong address) =>
            $"{address:x} " + string.Join(
                ", ", binary.Find(address).Select(frame => $"{frame.Function} {frame.Name}:{frame.Line}.{frame.Discriminator}"));
    }

    // addr2line of binutils 2.40 doesn't follow what clang writes, such as DW_FORM_rnglistx.
    [Theory(SkipTestWithoutData = true), MemberData(nameof(ProgramsOfLlvm))]
    public void Every_address_has_what_llvm_symbolizer_shows(string compiler)
    {
        using var sample = new CompiledSample(compiler);
        using var binary = Open(sample);
        // It doesn't name the padding between functions.
        var addresses = Functions.SelectMany(binary.FindFunction)
            .SelectMany(function =>
                Enumerable.Range(0, (int)function.Size).Select(offset => function.Address + (ulong)offset)).ToList();
        Assert.NotEmpty(addresses);
        Assert.Equal(sample.Symbolizer(addresses).Replace("\n\n", "\n"),
            Print(addresses, binary.FindAll(addresses), inFirst: true).Replace("0x000000000000", "0x").Replace(":?\n", ":0\n"));
    }

    [Fact]
    public void Sections_compressed_with_zstd_are_read()
    {
        using var sample = new CompiledSample("gcc -gdwarf-5", "--compress-debug-sections=zstd");
        Compare(sample);
    }

    [Theory, InlineData(".text"), InlineData(".text.startup"), InlineData(".text.unlikely")]
    public void An_object_file_is_relocated_and_each_section_found(string section)
    {
        using var sample = new CompiledSample("gcc -gdwarf-5 -c");
        using var binary = Open(sample);
        Assert.True(binary.IsRelocatable);
        var size = binary.Elf.Section(section)!.Value.Size;
        var offsets = Enumerable.Range(0, (int)size).Select(offset => (ulong)offset).ToList();
        var places = offsets.Select(offset => binary.TryPlace(section, offset, out var address) ? address : 0).ToList();
        Assert.Equal(sample.Addr2line(offsets, "-j", section), Print(offsets, binary.FindAll(places)));
    }

    [Fact]
    public void The_chain_of_an_inlined_function_is_the_source_s()
    {
        using var sample = new CompiledSample("gcc -gdwarf-5");
        using var binary = Open(sample);
        var (middle, size) = Assert.Single(binary.FindFunction("middle"));
        var chains = Enumerable.Range(0, (int)size).Select(offset => binary.Find(middle + (ulong)offset))
            .Select(frames => string.Join(" < ", frames.Select(frame => frame.Function))).ToHashSet();
        Assert.Contains("weight < shown < middle", chains);
        Assert.Contains("square < part < shown < middle", chains);
        Assert.All(chains, chain => Assert.EndsWith("middle", chain, StringComparison.Ordinal));
        Assert.Equal("sample.c", binary.Find(middle)[^1].Name);
        Assert.Equal(18u, binary.Find(middle)[^1].Line);
    }

    [Fact]
    public void A_place_as_the_kernel_prints_it_is_found_by_name_and_size()
    {
        using var sample = new CompiledSample("gcc -gdwarf-5");
        using var binary = Open(sample);
        var (address, size) = Assert.Single(binary.FindFunction("middle"));
        Assert.Equal(address + 5, binary.Place("middle", 5, null));
        Assert.Equal(address + 5, binary.Place("middle", 5, size + 9));
        Assert.Null(binary.Place("nowhere", 0, null));
    }

    [Fact]
    public void A_file_without_debug_information_says_so_and_still_names_functions()
    {
        using var sample = new CompiledSample("gcc -g0");
        using var binary = Open(sample);
        Assert.Contains("no debug information", binary.WhyNoLines, StringComparison.Ordinal);
        var (address, _) = Assert.Single(binary.FindFunction("middle"));
        Assert.Equal("middle", Assert.Single(binary.Find(address + 3)).Function);
    }

    private static void Compare(CompiledSample sample)
    {
        using var binary = Open(sample);
        Assert.Null(binary.WhyNoLines);
        var addresses = AddressesOf(binary);
        Assert.Equal(sample.Addr2line(addresses), Print(addresses, binary.FindAll(addresses)));
        Assert.Equal(
            binary.FindAll(addresses).Select(frames => frames.Count), addresses.Select(address => binary.Find(address).Count));
        Assert.Empty(binary.Problems);
    }

    private static List<ulong> AddressesOf(DebugBinary binary)
    {
        var text = binary.Elf.Section(".text")!.Value;
        return [.. Enumerable.Range(0, (int)text.Size).Select(offset => text.Address + (ulong)offset)];
    }

    private static DebugBinary Open(CompiledSample sample)
    {
        var binary = DebugBinary.TryOpen(sample.FilePath, Limits.Default, out var why);
        Assert.True(binary is not null, why);
        return binary;
    }

    // binutils repeats the innermost frame's discriminator at each of the chain.
    private static string Print(List<ulong> addresses, IReadOnlyList<SourceFrame>[] found, bool inFirst = false)
    {
        var text = new StringBuilder();
        for (var i = 0; i < found.Length; i++)
        {
            text.Append($"0x{addresses[i]:x16}\n");
            if (found[i].Count == 0)
                text.Append("??\n??:0\n");
            foreach (var frame in found[i])
            {
                var discriminator = inFirst ? frame.Discriminator : found[i][0].Discriminator;
                var line = frame.Line == 0
                    ? "?"
                    : discriminator == 0 ? $"{frame.Line}" : $"{frame.Line} (discriminator {discriminator})";
                text.Append($"{frame.Function ?? "??"}\n{frame.File ?? "??"}:{line}\n");
            }
        }
        return text.ToString();
    }
}
