using Panicle.Dumps;
using Panicle.Formats.Elf;
using Panicle.Kernel;
using Panicle.Kernel.Arch;
using Panicle.Kernel.DebugInfo;
using Panicle.Kernel.Expressions;
using Panicle.Symbols;
using Panicle.Symbols.Btf;
using Panicle.Symbols.Dwarf;
using Panicle.Symbols.Orc;

namespace Panicle.Truth.Tests;

/// <summary>
/// Debug information of the lab's kernels against what the same kernels say in other ways: types against BTF (which pahole made),
/// call-frame information against ORC (which objtool made from the code itself),
/// variables against what the machine is known to have done.
/// </summary>
public class DebugInfoTests
{
    private const int TypeCount = 2000;
    private const int Seed = 20261121;

    public static TheoryData<string> Kernels => SourceLineTests.Kernels;

    /// <summary>
    /// Of 2,000 random structures and unions every member is where BTF has it, with the same name, type and width.
    /// </summary>
    [Theory, MemberData(nameof(Kernels))]
    public void Types_are_those_of_btf(string name)
    {
        using var file = Open(name);
        var btf = BtfTypes.TryOpen(file.Elf.Read(file.Elf.Section(".BTF")!.Value)!, Limits.Default, out var why);
        Assert.True(btf is not null, why);
        var types = new DwarfTypes(file);
        var random = new Random(Seed);
        var wanted = btf.All(TypeKind.Struct).Concat(btf.All(TypeKind.Union))
            .Where(type => type.Kind is TypeKind.Struct or TypeKind.Union)
            .OrderBy(_ => random.Next()).Take(TypeCount).ToList();

        var missing = new List<string>();
        var differences = new List<string>();
        foreach (var type in wanted)
        {
            // Different files may have different structures of one name: BTF has each of them.
            var candidates = types.FindAll(type.Kind, type.Name).Select(found => Difference(type, found.Type)).ToList();
            if (candidates.Count == 0)
                missing.Add(type.Name);
            else if (!candidates.Contains(null))
                differences.Add($"{type.DisplayName()}: {candidates[0]}");
        }

        // A handful of functions define structures of their own, which the index of names leaves out.
        Assert.True(missing.Count <= 8, string.Join(' ', missing));
        // compat_binfmt_elf.c includes binfmt_elf.c with other types of the same names: one line of source, two structures.
        differences.RemoveAll(difference => difference.StartsWith("struct elf_note_info:", StringComparison.Ordinal));
        Assert.True(differences.Count == 0, string.Join('\n', differences));
        Assert.Equal(TypeCount, wanted.Count);
    }

    /// <summary>
    /// For ten addresses of every function the frame is where ORC has it. The compiler doesn't know of what inline assembly does
    /// to the stack: there, and only there, ORC is further.
    /// </summary>
    [Theory, MemberData(nameof(Kernels))]
    public void Frames_are_those_of_orc(string name)
    {
        using var file = Open(name);
        var memory = new SectionMemory(file.Elf);
        var (ips, rules) = (RangeOf(file.Elf, ".orc_unwind_ip"), RangeOf(file.Elf, ".orc_unwind"));
        var layout = OrcLayoutDetector.Detect(memory, rules, out var why);
        Assert.True(layout is not null, why);
        var orc = OrcTable.TryOpen(memory, ips, rules, layout.Value, out why);
        Assert.True(orc is not null, why);

        var frames = new DwarfFrames(file, Architectures.ProcessorOf("x86-64")!.Registers.Dwarf);
        var random = new Random(Seed);
        var (same, assembly) = (0, 0);
        foreach (var (start, end) in frames.Functions)
            for (var i = 0; i < 10; i++)
            {
                var address = i == 0 ? start : start + (ulong)random.NextInt64((long)Math.Max(1, end - start));
                if (!frames.TryFindSimple(address, out var rule) || !orc.TryFind(address, out var entry)
                    || entry.Kind != OrcKind.Call)
                    continue;
                // Where a function has aligned its stack, r10 or r13 holds the frame's address; ORC may say it in another way.
                if (rule.Register is not (6 or 7))
                    continue;
                var register = rule.Register == 7 ? OrcRegister.Sp : OrcRegister.Bp;
                if ((entry.SpRegister, (long)entry.SpOffset) == (register, rule.Offset))
                {
                    Assert.Equal(entry.BpRegister == OrcRegister.PreviousSp ? entry.BpOffset : null, rule.SavedFramePointer);
                    same++;
                    continue;
                }
                Assert.True(entry.SpRegister == OrcRegister.SpIndirect
                    || (entry.SpRegister == register && entry.SpOffset > rule.Offset), $"{address:x}: {entry} {rule}");
                assembly++;
            }
        Assert.True(same > 400_000 && assembly < same / 2000, $"{same} are the same, {assembly} not");
    }

    /// <summary>Who wrote 'c' into /proc/sysrq-trigger has one byte to write, and the panic its text.</summary>
    [Theory, MemberData(nameof(Kernels))]
    public void Variables_of_the_sysrq_crash_are_what_it_did(string name)
    {
        var dump = LabDump.Cells.First(cell =>
            cell.Kernel.Name == name && cell.Scenario.Name == "sysrq" && cell.Format.Name == "kdump-zstd");
        using var kernel = KernelDump.Open(
            LabDump.Find(dump.Name).Files, new KernelDumpOptions { DebugFiles = () => new OneFile(dump.Kernel.Vmlinux()) });
        var trace = kernel.Unwinder.Unwind(kernel.Crash.Task!);
        var frames = DebugFrames.Of(kernel, trace);

        Assert.Equal("sysrq triggered crash", Local("panic", "buf").ToText());
        Assert.Equal("sysrq triggered crash\n", Local("panic", "fmt").ToText());
        Assert.Equal(
            "sysrq_crash_op", kernel.Symbols.TryLookup(Local("__handle_sysrq", "op_p").ToUInt64(), out var op) ? op.Name : null);
        Assert.Equal(1UL, Local("write_sysrq_trigger", "count").ToUInt64());
        // The newer kernel's compiler has the key in a register that is used again.
        if (name == "6.1-cloud")
            Assert.Equal('c', Local("__handle_sysrq", "key").ToInt32());
        Assert.Equal(1UL, Local("vfs_write", "count").ToUInt64());
        Assert.Equal("sysrq-trigger", Local("vfs_write", "file")["f_path.dentry"]["d_name.name"].ToText());
        Assert.Equal(1UL, Local("ksys_write", "count").ToUInt64());

        // Types of variables, which BTF doesn't have.
        var scope = new ExpressionScope(kernel);
        Assert.Equal("enum slab_state", ExpressionEvaluator.Evaluate("slab_state", scope).Type.DisplayName());
        Assert.Equal(kernel.SymbolAddress("formats"), ExpressionEvaluator.Evaluate("'fs/exec.c'::formats", scope).Address);
        var wrong = Assert.Throws<ExpressionException>(() => ExpressionEvaluator.Evaluate("'fs/open.c'::formats", scope));
        Assert.Contains("fs/exec.c does", wrong.Message, StringComparison.Ordinal);

        Kernel.Values.KernelValue Local(string function, string variable) =>
            FrameVariables.Find(kernel, frames.First(frame => frame.Frame.Function?.Name.Split('.')[0] == function), variable)
                ?? throw new InvalidOperationException($"no {variable}");
    }

    private static string? Difference(KernelType btf, KernelType dwarf)
    {
        if (btf.Size != dwarf.Size || btf.Members.Count != dwarf.Members.Count)
            return $"{btf.Size} bytes, {btf.Members.Count} members; {dwarf.Size} bytes, {dwarf.Members.Count} members";
        foreach (var (a, b) in btf.Members.Zip(dwarf.Members))
        {
            if ((a.Name, a.BitOffset, a.BitSize) != (b.Name, b.BitOffset, b.BitSize))
                return $"{a.Name} {a.BitOffset}:{a.BitSize}, {b.Name} {b.BitOffset}:{b.BitSize}";
            if (Text(a.Type) != Text(b.Type))
                return $"{a.Name}: {Text(a.Type)}, {Text(b.Type)}";
            if (a.Name.Length == 0 && Difference(a.Type.Strip(), b.Type.Strip()) is { } inner)
                return inner;
        }
        return null;
    }

    // BTF has one array of twelve where C has four of three.
    private static string Text(KernelType type)
    {
        var (element, count, isArray) = (type, 1UL, false);
        for (; element.Kind == TypeKind.Array; element = element.Target!)
            (count, isArray) = (count * element.Count, true);
        return isArray ? $"{element.DisplayName()}[{count}]" : type.DisplayName();
    }

    private static DwarfFile Open(string name)
    {
        var file = DwarfFile.TryOpen(
            LabDump.Cells.First(cell => cell.Kernel.Name == name).Kernel.Vmlinux(), Limits.Default, out var why);
        Assert.True(file is not null, why);
        return file;
    }

    private static AddressRange RangeOf(ElfFile file, string name) =>
        file.Section(name) is { } section
            ? new(section.Address, section.Address + section.Size)
            : throw new InvalidOperationException($"no {name}");

    /// <summary>A file's sections at their addresses.</summary>
    private sealed class SectionMemory(ElfFile file) : IMemory
    {
        private readonly List<(ulong Address, byte[] Bytes)> _sections =
            [.. file.Sections.Where(section => section.Name.StartsWith(".orc_", StringComparison.Ordinal)
                && section.Name != ".orc_lookup").Select(section => (section.Address, file.Read(section)!))];

        public bool TryRead(ulong address, Span<byte> buffer, out MemoryFault fault)
        {
            fault = new MemoryFault(PageState.Unmapped, address);
            foreach (var (start, bytes) in _sections)
                if (address - start < (ulong)bytes.Length && address - start + (ulong)buffer.Length <= (ulong)bytes.Length)
                {
                    bytes.AsSpan((int)(address - start), buffer.Length).CopyTo(buffer);
                    return true;
                }
            return false;
        }
    }

    /// <summary>Finds a vmlinux and nothing else.</summary>
    private sealed class OneFile(string vmlinux) : IDebugFileFinder
    {
        public string? FindDebugInfo(KernelBinary binary) => binary.IsModule ? null : vmlinux;

        public string? FindExecutable(KernelBinary binary) => null;

        public string? FindSource(KernelBinary binary, string path) => null;
    }
}
