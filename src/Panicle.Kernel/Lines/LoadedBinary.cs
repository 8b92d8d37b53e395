using Panicle.Symbols;
using Panicle.Symbols.Dwarf;

namespace Panicle.Kernel.Lines;

/// <summary>
/// A binary with debug information and where it was loaded: the kernel as a whole was moved by KASLR, a module's sections were put one by
/// one wherever there was room. Both are told by symbols that the file and the running kernel have.
/// </summary>
internal sealed class LoadedBinary : IDisposable
{
    // The kernel's first symbol of code, which no version is without.
    private const string KernelAnchor = "_stext";

    private readonly DebugBinary? _file;
    private readonly List<LoadedSection> _sections = [];

    /// <summary>A binary whose debug information isn't there.</summary>
    public LoadedBinary(string whyMissing) => WhyMissing = whyMissing;

    /// <summary>A binary and the names that the running kernel has of it.</summary>
    public LoadedBinary(DebugBinary file, ISymbolTable symbols)
    {
        _file = file;
        WhyMissing = file.WhyNoLines;
        if (file.IsRelocatable)
            AddModuleSections(file, symbols);
        else
            AddKernel(file, symbols);
        if (_sections.Count == 0)
            WhyMissing ??= "the debug information has no symbol by which to tell where it was loaded";
    }

    /// <summary>Why there are no lines, or null.</summary>
    public string? WhyMissing { get; }

    /// <summary>The frames of a run-time address.</summary>
    public IReadOnlyList<SourceFrame> Find(ulong address)
    {
        foreach (var section in _sections)
            if (address - section.Loaded < section.Size)
                return _file!.Find(address - section.Loaded + section.Linked);
        return [];
    }

    /// <inheritdoc/>
    public void Dispose() => _file?.Dispose();

    private void AddKernel(DebugBinary file, ISymbolTable symbols)
    {
        foreach (var (address, _) in file.FindFunction(KernelAnchor))
            if (symbols.TryFind(KernelAnchor, out var loaded))
            {
                // All of it moved together: one stretch that reaches over everything.
                _sections.Add(new(loaded.Address, address, ulong.MaxValue - loaded.Address));
                return;
            }
    }

    private void AddModuleSections(DebugBinary file, ISymbolTable symbols)
    {
        var known = new HashSet<string>(StringComparer.Ordinal);
        foreach (var symbol in symbols.All())
        {
            if (!symbol.IsText)
                continue;
            // A name that several functions share says nothing; one that was seen in a section says nothing new.
            var named = file.FindFunction(symbol.Name).Take(2).ToList();
            if (named.Count != 1 || file.SectionAt(named[0].Address) is not var (section, offset) || !known.Add(section.Name))
                continue;
            _sections.Add(new(symbol.Address - offset, named[0].Address - offset, section.Size));
        }
    }

    /// <summary>A section: where it was loaded, its address in the file, and its size in bytes.</summary>
    private readonly record struct LoadedSection(ulong Loaded, ulong Linked, ulong Size);
}
