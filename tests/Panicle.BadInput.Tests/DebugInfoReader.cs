using Panicle.Dumps;
using Panicle.Kernel.Arch;
using Panicle.Symbols;
using Panicle.Symbols.Dwarf;

namespace Panicle.BadInput.Tests;

/// <summary>
/// Reads all that a file's debug information can be asked for: lines, inlined functions, names, types, variables, frames, macros.
/// </summary>
internal static class DebugInfoReader
{
    private const int MostAddresses = 2048;

    private static readonly TypeKind[] Kinds =
    [
        TypeKind.Struct, TypeKind.Union, TypeKind.Enum, TypeKind.Typedef, TypeKind.Int, TypeKind.Float,
    ];

    /// <summary>How much of it was there.</summary>
    /// <param name="Lines">Addresses with a line.</param>
    /// <param name="Inlined">Frames of inlined functions.</param>
    /// <param name="Members">Members of structures.</param>
    /// <param name="Variables">Variables with a value.</param>
    /// <param name="Callers">Frames whose caller is known.</param>
    internal readonly record struct Found(int Lines, int Inlined, int Members, int Variables, int Callers);

    /// <summary>Reads it; throws only if the reader does what it must never do.</summary>
    public static Found Read(string path)
    {
        using var binary = DebugBinary.TryOpen(path, Limits.Default, out var why);
        if (binary is null)
        {
            Assert.NotNull(why);
            return default;
        }
        var addresses = AddressesOf(binary);
        var frames = binary.FindAll(addresses);
        var lines = frames.Count(HasLine);
        Assert.True(lines == addresses.Count(address => HasLine(binary.Find(address))), "one by one the answers are others");
        Assert.All(binary.Problems, Assert.NotEmpty);

        using var file = DwarfFile.TryOpen(path, Limits.Default, out _)!;
        ReadEntries(file);
        var types = new DwarfTypes(file);
        var names = frames.SelectMany(list => list).Select(frame => frame.Function).OfType<string>().Distinct().ToList();
        return new Found(
            lines, frames.Sum(list => list.Count(frame => frame.IsInlined)), ReadTypes(types, names),
            ReadVariables(file, types, names, addresses), ReadFrames(file, addresses));
    }

    private static bool HasLine(IReadOnlyList<SourceFrame> frames) => frames is [{ Line: > 0 }, ..];

    private static List<ulong> AddressesOf(DebugBinary binary)
    {
        var addresses = new List<ulong>();
        foreach (var section in binary.Elf.Sections.Where(section => section.IsCode))
            for (var offset = 0UL; offset < Math.Min(section.Size, 64 * 1024); offset += 1 + section.Size / MostAddresses)
                if (binary.TryPlace(section.Name, offset, out var address))
                    addresses.Add(address);
        return addresses;
    }

    /// <summary>Every attribute of every entry; a damaged unit says so with a DwarfException.</summary>
    private static void ReadEntries(DwarfFile file)
    {
        var units = new List<DwarfUnit>();
        foreach (var list in new Func<IReadOnlyList<DwarfUnit>>[] { () => file.Units, () => file.TypeUnits })
            Tolerate(() => units.AddRange(list()));
        foreach (var unit in units)
            Tolerate(() =>
            {
                var die = unit.Open();
                while (die.Read())
                    foreach (var (name, value) in die.Attributes)
                        if (name is DwarfAttribute.Name or DwarfAttribute.CompDir)
                            _ = value.Text.Length;
                        else if (name is DwarfAttribute.Type or DwarfAttribute.AbstractOrigin)
                            _ = value.Reference.Open().Tag;
            });
    }

    private static void Tolerate(Action read)
    {
        try
        {
            read();
        }
        catch (DwarfException problem)
        {
            Assert.NotEmpty(problem.Message);
        }
    }

    private static int ReadTypes(DwarfTypes types, List<string> functions)
    {
        var members = 0;
        foreach (var kind in Kinds)
            foreach (var type in types.All(kind))
            {
                members += type.Members.Count;
                _ = TypePrinter.Layout(type).Lines.Count + type.DisplayName().Length + (int)type.Size;
                _ = types.FindAll(kind, type.Name).Take(4).Count();
                if (type.Enumerators is [var first, ..])
                    _ = types.FindEnumerator(first.Name);
            }
        foreach (var name in functions)
            _ = types.FindSymbolType(name)?.Declare(name) + types.FindVariables(name).Count();
        _ = new DwarfMacros(types.File).Find("PAGE_SIZE");
        return members;
    }

    private static int ReadVariables(DwarfFile file, DwarfTypes types, List<string> functions, List<ulong> addresses)
    {
        var locals = new DwarfLocals(types);
        var frame = new SomeFrame();
        var count = 0;
        for (var i = 0; i < addresses.Count; i += 8)
        {
            foreach (var function in locals.Find(addresses[i], frame))
                foreach (var variable in function.Variables)
                {
                    Assert.True(variable.Value is null != variable.Reason is null);
                    count += variable.Value is null ? 0 : 1;
                    _ = variable.Type.DisplayName();
                }
            _ = locals.EntryRegister(functions.Count > 0 ? functions[i % functions.Count] : "", addresses[i], frame, 5);
        }
        return count;
    }

    private static int ReadFrames(DwarfFile file, List<ulong> addresses)
    {
        var frames = new DwarfFrames(file, X86);
        _ = frames.Functions.Count();
        return addresses.Count(address =>
            frames.TryFindSimple(address, out _) | frames.Unwind(address, new SomeFrame()) is not null);
    }

    private static DwarfRegisters X86 => Architectures.ProcessorOf("x86-64")!.Registers.Dwarf;

    /// <summary>A frame of which everything is known.</summary>
    private sealed class SomeFrame : IFrameState, IMemory
    {
        public IMemory Memory => this;

        public DwarfRegisters Registers => X86;

        public ulong? FrameAddress => 0x7000;

        public ulong? Register(int number) => (ulong)number * 0x100;

        public ulong? EntryRegister(int number) => (ulong)number;

        public bool TryRead(ulong address, Span<byte> buffer, out MemoryFault fault)
        {
            fault = default;
            buffer.Fill((byte)address);
            return true;
        }
    }
}
