using System.Diagnostics;
using Panicle.Formats.Demangling;

namespace Panicle.Formats.Tests.Demangling;

public class NameDemanglerTests
{
    private const string StandardLibrary = "libstdc++.so.6";

    [Theory]
    [InlineData(
        "_ZN4core3ptr85drop_in_place$LT$std..rt..lang_start$LT$$LP$$RP$$GT$..$u7b$$u7b$closure$u7d$$u7d$$GT$17h0123456789abcdefE",
        "core::ptr::drop_in_place<std::rt::lang_start<()>::{{closure}}>")]
    [InlineData("_ZN71_$LT$Test$u20$$u2b$$u20$$u27$static$u20$as$u20$foo..Bar$LT$Test$GT$$GT$3bar17h930b740aa94f1d3aE",
        "<Test + 'static as foo::Bar<Test>>::bar")]
    [InlineData("_ZN3foo3bar17h05af221e174051e9E.llvm.1234", "foo::bar")]
    [InlineData("_RNvNtNtCs1234_7mycrate3foo3bar3baz", "mycrate::foo::bar::baz")]
    [InlineData("_RNvC6_123foo3bar", "123foo::bar")]
    [InlineData("_RNvCs4fqI2P2rA04_11utf8_identsu30____7hkackfecea1cbdathfdh9hlq6y", "utf8_idents::საჭმელად_გემრიელი_სადილი")]
    [InlineData("_RINvMNtCsgEmfK2I1SDS_4core3stre12trim_matchesNvMNtNtB5_4char7methodsc13is_whitespaceECsjrHSEGnQ3l9_3std",
        "<str>::trim_matches::<<char>::is_whitespace>")]
    [InlineData("_RINvC3foo3barFG_RL0_hEuE", "foo::bar::<for<'a> fn(&'a u8)>")]
    [InlineData("_RINvC3foo3barDNtC3foo1Tp4ItemhEL_E", "foo::bar::<dyn foo::T<Item = u8>>")]
    [InlineData("_RNCNvC3foo3bars_0", "foo::bar::{closure#1}")]
    [InlineData("_RINvC3foo3barAhj10_TlEE", "foo::bar::<[u8; 16], (i32,)>")]
    public void Rust_s_names_are_paths(string mangled, string path)
    {
        Assert.Equal(path, NameDemangler.TryDemangleRust(mangled));
        Assert.Equal(path, NameDemangler.PathOf(mangled));
    }

    [Theory]
    [InlineData("_Z1fv", "f()")]
    [InlineData("_ZNK3foo3barEPKcRi", "foo::bar(char const*, int&) const")]
    [InlineData("_ZN3fooC1Ev", "foo::foo()")]
    [InlineData(
        "_ZNSsC1EPKc", "std::basic_string<char, std::char_traits<char>, std::allocator<char> >::basic_string(char const*)")]
    [InlineData("_ZNSt6vectorIiSaIiEE9push_backEOi", "std::vector<int, std::allocator<int> >::push_back(int&&)")]
    [InlineData("_Z3fooIJicEEvDpRKT_", "void foo<int, char>(int const&, char const&)")]
    [InlineData("_Z1fM1AKFivE", "f(int (A::*)() const)")]
    [InlineData("_Z1fRA10_i", "f(int (&) [10])")]
    [InlineData("_ZTVN3foo3barE", "vtable for foo::bar")]
    [InlineData("_ZZ4mainE1x", "main::x")]
    [InlineData("_ZN12_GLOBAL__N_13fooEv.isra.0", "(anonymous namespace)::foo() [clone .isra.0]")]
    [InlineData("_ZNKSt3mapIisEcvbEv", "std::map<int, short>::operator bool() const")]
    public void The_names_of_C_plus_plus_are_declarations(string mangled, string declaration) =>
        Assert.Equal(declaration, NameDemangler.Demangle(mangled));

    /// <summary>All that the C++ library exports: as binutils shows it, or else as it is.</summary>
    [Fact]
    public void What_binutils_shows_of_the_C_plus_plus_library_is_the_same()
    {
        var library = Run("gcc", $"-print-file-name={StandardLibrary}").Trim();
        var (plain, shown) = (Names(Run("nm", $"-pD {library}")), Names(Run("nm", $"-pDC {library}")));
        Assert.Equal(plain.Count, shown.Count);
        var differences = new List<string>();
        var (same, left) = (0, 0);
        foreach (var (name, wanted) in plain.Zip(shown))
        {
            if (!name.StartsWith("_Z", StringComparison.Ordinal))
                continue;
            var ours = NameDemangler.Demangle(name);
            if (ours == wanted)
                same++;
            else if (ours == name)
                left++;
            else
                differences.Add($"{name}\n  {ours}\n  {wanted}");
        }
        Assert.True(differences.Count == 0, string.Join('\n', differences.Take(10)));
        Assert.True(same > 4000 && left * 100 < same, $"{same} are the same, {left} are left as they are");
    }

    [Theory, InlineData("main"), InlineData("_Z"), InlineData("_R"), InlineData("_R1NvC3foo3bar"), InlineData("_ZN3foo"),
        InlineData("_ZN3foo17h00000000000000000E"), InlineData("__x64_sys_read"), InlineData("_RNvB_3foo")]
    public void What_is_no_mangled_name_stays(string name)
    {
        Assert.Null(NameDemangler.TryDemangleRust(name));
        Assert.Equal(name, NameDemangler.Demangle(name));
    }

    /// <summary>Names that refer back to themselves, nest without end, or double with each step.</summary>
    [Fact]
    public void Hostile_names_cost_little()
    {
        var clock = Stopwatch.StartNew();
        string[] bases =
        [
            "_RINvMNtCsgEmfK2I1SDS_4core3stre12trim_matchesNvMNtNtB5_4char7methodsc13is_whitespaceECsjrHSEGnQ3l9_3std",
            "_ZNSt8_Rb_treeIiSt4pairIKiS0_IiPFvDpRT_EEESt10_Select1stIS6_ESt4lessIiESaIS6_EE8_M_eraseEPSt13_Rb_tree_nodeIS6_E",
            "_Z" + new string('P', 8000), "_R" + new string('I', 8000), "_ZN" + new string('I', 4000),
            "_RIC1a" + string.Concat(Enumerable.Repeat("TB2_B2_", 500)) + "E",
            // Each type has the one before it twice.
            "_Z1fI" + "1aS_" + string.Concat(Enumerable.Range(0, 34).Select(i => $"1bIS{Digit(i)}_S{Digit(i)}_E")) + "EvT_",
            "_RINvC1a1b"
                + string.Concat(Enumerable.Range(0, 60).Select(i => $"TB{(char)('a' + i % 26)}_B{(char)('a' + i % 26)}_E")) + "E",
        ];
        var random = new Random(5);
        foreach (var name in bases)
            for (var i = 0; i < 2000; i++)
            {
                var letters = name.ToCharArray();
                for (var j = random.Next(4); j > 0; j--)
                    letters[2 + random.Next(letters.Length - 2)] = name[2 + random.Next(name.Length - 2)];
                Assert.True(NameDemangler.Demangle(new string(letters)).Length <= 70_000);
            }
        Assert.True(clock.Elapsed < TimeSpan.FromMinutes(1), $"took {clock.Elapsed}");

        static string Digit(int value) => value == 0 ? "" : $"{(char)(value - 1 < 10 ? '0' + value - 1 : 'A' + value - 11)}";
    }

    // "0000000000012345 T name": addresses are missing where a symbol is undefined.
    private static List<string> Names(string listing) =>
        [.. listing.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line[19..].Split('@')[0])];

    private static string Run(string program, string arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
        return output;
    }
}
