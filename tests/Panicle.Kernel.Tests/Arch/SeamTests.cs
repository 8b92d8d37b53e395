using System.Text.RegularExpressions;
using Panicle.Kernel.Tests.Sources;

namespace Panicle.Kernel.Tests.Arch;

/// <summary>Outside of the architectures' folders nothing in the sources knows one of them.</summary>
public partial class SeamTests
{
    // Folders and files that may, and why. Each must be needed.
    private static readonly (string Path, string Why)[] Allowed =
    [
        ("Panicle.Kernel/Arch/X86_64/", "the architecture"),
        ("Panicle.Kernel/Arch/Architectures.cs", "the table of architectures"),
        ("Panicle.Kdump/Loading/", "starts the capture kernel: boot code is the processor's"),
        ("Panicle.Kdump/Crashkernel/DistributionDefaults.cs", "what distributions have for each architecture, by its name"),
        ("Panicle.Kdump/Crashkernel/ReservationRules.cs", "what each architecture's kernel asks of a reservation, by its name"),
        ("Panicle.Kdump/Machine.cs", "the running machine's name, as uname says it"),
        ("Panicle.Formats/Elf/ElfMachine.cs", "machine numbers and names"),
        ("Panicle.Formats/Elf/ElfRelocationTable.cs", "relocation types by machine number"),
        ("Panicle.Dumps/Kdump/KdumpDump.cs", "tells a dump's machine by the size of its notes"),
        ("Panicle.Logs/Events/", "text that kernels of every architecture print"),
        ("Panicle.Logs/Reading/GluedLine.cs", "how their lines begin"),
        ("Panicle.Logs/Decoding/FaultStatus.cs", "what the codes in it mean"),
    ];

    [Fact]
    public void Nothing_outside_of_its_folder_knows_an_architecture()
    {
        var found = Sources().SelectMany(source => Lines(source.Name, File.ReadLines(source.File)))
            .Where(hit => !Allowed.Any(allowed => hit.StartsWith(allowed.Path, StringComparison.Ordinal)));
        Assert.Empty(found);
    }

    [Fact]
    public void Every_exception_is_needed()
    {
        var found = Sources().SelectMany(source => Lines(source.Name, File.ReadLines(source.File))).ToList();
        Assert.All(Allowed, allowed => Assert.Contains(found, hit => hit.StartsWith(allowed.Path, StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("""var sp = registers["rsp"];""")]
    [InlineData("""foreach (var name in (string[])["rax", "r15"])""")]
    [InlineData("""if (name is "orig_rax" or "cr3")""")]
    [InlineData("using Iced.Intel;")]
    [InlineData("public override Architecture Make() => new X86_64Architecture();")]
    [InlineData("if (machine == ElfMachine.X86_64)")]
    [InlineData("if (dump.Header.Machine == 62)")]
    [InlineData("    62 => new Thing(),")]
    [InlineData("private const ulong PageSize = 4096;")]
    [InlineData("var page = address & ~0xfffUL;")]
    [InlineData("var frame = physical >> 12;")]
    [InlineData("""var khz = kernel.SymbolAddress("cpu_khz");""")]
    [InlineData("""kernel.TrySymbolAddress("hardirq_stack_ptr", out var stack)""")]
    [InlineData("""var gate = kernel.Global("idt_table", "gate_desc[256]");""")]
    [InlineData("private const ulong WriteProtect = 1 << 16; var off = (cr0 & WriteProtect) == 0;")]
    [InlineData("""var flags = Value("RFLAGS");""")]
    [InlineData("""Machine("x86_64")""")]
    public void An_architecture_is_found(string line) => Assert.Single(Lines("File.cs", [line]));

    [Theory]
    [InlineData("// rip, and the page at 4096; Iced decodes it")]
    [InlineData("    /// <summary>x86's #GP: cr2, X86_64, cpu_khz.</summary>")]
    [InlineData("private const int MostTokens = 4096; // pages of x86")]
    [InlineData("var text = $\"MACHINE: {name}  (2793 Mhz)\";")]
    [InlineData("var frame = physical >> kernel.PageShift;")]
    [InlineData("""Option.Flag("-s", "the stack pointer"),""")]
    public void What_is_none_is_left_alone(string line) => Assert.Empty(Lines("File.cs", [line]));

    /// <summary>
    /// Numbers out of a dump's memory are read in its machine's byte order and word size: <see cref="WordFormat"/> knows how.
    /// </summary>
    [Fact]
    public void What_reads_a_dumps_numbers_asks_the_machine_how()
    {
        string[] readers = ["Panicle.Kernel/", "Panicle.Reports/", "Panicle.Cli/", "Panicle.Kdump/Save/"];
        var found = Sources().Where(source => readers.Any(reader => source.Name.StartsWith(reader, StringComparison.Ordinal)))
            .Where(source => !source.Name.StartsWith("Panicle.Kernel/Arch/X86_64/", StringComparison.Ordinal))
            .SelectMany(source => Lines(source.Name, File.ReadLines(source.File), ByteOrder()));
        Assert.Empty(found);
    }

    [Fact]
    public void One_project_uses_the_disassemblers_library()
    {
        var projects = Directory.EnumerateFiles(Path.Combine(Samples.Repository, "src"), "*.csproj", SearchOption.AllDirectories)
            .Where(file => File.ReadAllText(file).Contains("\"Iced\"", StringComparison.Ordinal)).Select(Path.GetFileName);
        Assert.Equal(["Panicle.Kernel.csproj"], projects);
    }

    private static IEnumerable<string> Lines(string name, IEnumerable<string> lines) => Lines(name, lines, Knowledge());

    private static IEnumerable<string> Lines(string name, IEnumerable<string> lines, Regex wanted) => lines
        .Select((line, index) => (Match: wanted.Match(WithoutComment(line)), Number: index + 1))
        .Where(line => line.Match.Success)
        .Select(line => $"{name}:{line.Number}: {line.Match.Value}");

    // A comment may say what it wants. What looks like one in a string has an odd number of quotes before it.
    private static string WithoutComment(string line)
    {
        for (var at = line.IndexOf("//", StringComparison.Ordinal); at >= 0;
            at = line.IndexOf("//", at + 2, StringComparison.Ordinal))
        {
            if (line.AsSpan(0, at).Count('"') % 2 == 0)
                return line[..at];
        }
        return line;
    }

    private static IEnumerable<(string Name, string File)> Sources() => SourceTree.In("src");

    [GeneratedRegex(@"\b(?:Read|Write)\w+(?:Little|Big)Endian\b|\bBitConverter\.To\w*Int|\bWordFormat\.LittleEndian64",
        RegexOptions.CultureInvariant)]
    private static partial Regex ByteOrder();

    [GeneratedRegex("""
        (?x)
        # registers: as strings, and as names
        "(?i: [re](?:[abcd]x|[sd]i|[bs]p|ip|flags) | r(?:8|9|1[0-5]) | orig_rax | cr[0-8] )"
        | \b(?i: [re]flags | cr[0-4] )\b
        # the disassembler's library, and the architecture itself
        | \bIced\b | \bX86\w* | "x86[_-](?:64|32)" | "i[36]86"
        | (?i: machine) \w* \s* (?:==|!=|is) \s* (?:62|183|243)\b | ^\s*62\s*=>
        # pages: their size, their offset bits
        | \bPage\w* \s* = \s* (?:4096|12|1\s*<<\s*12)\b | (?: >> | (?<!\b1\s)<< ) \s* 12\b | ~?\b0xfff(?i:ul?)?\b
        # variables and types of its kernel
        | \b(?: cpu_khz | tsc_khz | boot_cpu_data | cpuinfo_x86 | x86_capability | hardirq_stack_ptr | cea_exception_stacks | pcpu_hot
            | cpu_tss_rw | cpu_entry_area | entry_stack_storage | page_offset_base | vmemmap_base | vmalloc_base | init_top_pgt | idt_table
            | gate_desc | gate_struct | cpu_tlbstate | inactive_task_frame | phys_base | pgtable_l5_enabled | sme_mask )\b
        # an exception's error code, as it prints it
        | error_code\(
        """, RegexOptions.CultureInvariant)]
    private static partial Regex Knowledge();
}
