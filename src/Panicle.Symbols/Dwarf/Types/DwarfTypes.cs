using System.Collections.Concurrent;
using System.Text;

namespace Panicle.Symbols.Dwarf;

/// <summary>
/// Types from a file's debug information, found by name through an index; a type is read when it is asked for. Unlike BTF it has
/// the types of all variables, and may have several types of one name: then the one that most source files use comes first. What
/// is damaged costs the type that it is in. Thread-safe.
/// </summary>
public sealed class DwarfTypes : IVariableTypes
{
    private readonly NameLookup _names;
    private readonly ConcurrentDictionary<DieReference, DwarfType> _types = [];
    private readonly Func<ulong, ulong> _toMemory;

    /// <summary>Creates the source; nothing is read yet.</summary>
    /// <param name="file">The debug information; it must stay open.</param>
    /// <param name="binary">"vmlinux", or the module's name, to tell where the types come from; or null.</param>
    /// <param name="toMemory">From an address in the file to where that was loaded; null where they are the same.</param>
    /// <param name="cache">
    /// A folder in which the index of names is kept by build ID, so that it is made once; null for none.
    /// </param>
    public DwarfTypes(DwarfFile file, string? binary = null, Func<ulong, ulong>? toMemory = null, string? cache = null)
    {
        File = file;
        Origin = new TypeOrigin(TypeFormat.Dwarf, binary);
        _toMemory = toMemory ?? (static address => address);
        _names = new(file, cache);
        Void = new DwarfVoid(Origin);
    }

    /// <inheritdoc/>
    public TypeOrigin Origin { get; }

    /// <summary>The file that the types are from.</summary>
    public DwarfFile File { get; }

    internal KernelType Void { get; }

    internal NameLookup Names => _names;

    /// <inheritdoc/>
    public KernelType? Find(TypeKind kind, string name)
    {
        foreach (var found in Entries(name, NameKindOf(kind)))
            if (Type(found) is var type && type.Kind == kind)
                return type;
        return null;
    }

    /// <summary>
    /// Every definition of this name, the one that most source files use first, and the source file that is its own or, for a
    /// header, one of those that include it.
    /// </summary>
    public IEnumerable<(KernelType Type, string File)> FindAll(TypeKind kind, string name)
    {
        foreach (var found in Entries(name, NameKindOf(kind)))
            if (Type(found) is var type && type.Kind == kind)
                yield return (type, FileOf(found));
    }

    /// <inheritdoc/>
    public KernelType? FindSymbolType(string symbol) =>
        FirstType(symbol, NameKind.Variable) ?? FirstType(symbol, NameKind.Function)
            ?? FirstType(symbol, NameKind.DeclaredVariable);

    /// <inheritdoc/>
    public KernelType? FindSymbolType(string symbol, ulong address)
    {
        var isDefined = false;
        foreach (var variable in FindVariables(symbol))
        {
            if (variable.Address == address)
                return variable.Type;
            isDefined = true;
        }
        // What the linker script or assembly defines (jiffies, _text) has declarations only.
        return FirstType(symbol, NameKind.Function) ?? (isDefined ? null : FirstType(symbol, NameKind.DeclaredVariable));
    }

    /// <inheritdoc/>
    public IEnumerable<SourceVariable> FindVariables(string name)
    {
        foreach (var found in Entries(name, NameKind.Variable))
            if (VariableAt(found, name) is { } variable)
                yield return variable;
    }

    /// <inheritdoc/>
    public long? FindEnumerator(string name)
    {
        foreach (var found in Entries(name, NameKind.Enumerator))
            foreach (var enumerator in Type(found).Enumerators)
                if (enumerator.Name == name)
                    return enumerator.Value;
        return null;
    }

    /// <inheritdoc/>
    public IEnumerable<KernelType> All(TypeKind kind)
    {
        var wanted = new List<NameEntry>();
        var nameKind = NameKindOf(kind);
        foreach (var entry in Names.All.Entries)
            if (entry.Kind == nameKind && nameKind != NameKind.None)
                wanted.Add(entry);
        wanted.Sort((a, b) => a.Offset.CompareTo(b.Offset));
        foreach (var entry in wanted)
            if (TryResolve(entry) is { } found && Type(found) is { Name.Length: > 0 } type && type.Kind == kind)
                yield return type;
    }

    /// <summary>The type that an entry describes. A declaration stands for the definition, where there is one.</summary>
    internal DwarfType Type(DieReference reference) =>
        _types.TryGetValue(reference, out var known) ? known : _types.GetOrAdd(reference, new DwarfType(this, reference));

    /// <summary>The type that an entry's DW_AT_type names: void without one.</summary>
    internal KernelType TargetOf(in AttributeValue type)
    {
        if (!type.Exists)
            return Void;
        var target = Type(type.Reference);
        return DefinitionOf(target) ?? target;
    }

    // A declaration may name the type unit that has the definition; else any file's will do.
    private KernelType? DefinitionOf(DwarfType type) =>
        type.OfSignature ?? (type.IsDeclaration ? Find(type.TagKind, type.Name) : null);

    private KernelType? FirstType(string symbol, NameKind kind)
    {
        foreach (var found in Entries(symbol, kind))
            if (kind == NameKind.Function)
                return Type(found);
            else if (kind == NameKind.DeclaredVariable)
                return DeclaredType(found);
            else if (VariableAt(found, symbol) is { } variable)
                return variable.Type;
        return null;
    }

    private KernelType? DeclaredType(DieReference variable)
    {
        try
        {
            return TargetOf(variable.Open().Get(DwarfAttribute.Type));
        }
        catch (DwarfException)
        {
            return null;
        }
    }

    private SourceVariable? VariableAt(DieReference reference, string name)
    {
        try
        {
            var die = reference.Open();
            if (StaticLocation.Of(die.Get(DwarfAttribute.Location)) is not { } address)
                return null;
            var type = die.Get(DwarfAttribute.Type);
            if (!type.Exists && die.Get(DwarfAttribute.Specification) is { Exists: true } declared)
                type = declared.Reference.Open().Get(DwarfAttribute.Type);
            return new SourceVariable(name, TargetOf(type), _toMemory(address), FileOf(reference));
        }
        catch (DwarfException)
        {
            return null;
        }
    }

    /// <summary>The entries of exactly this name, in the index's order.</summary>
    private List<DieReference> Entries(string name, NameKind kind)
    {
        if (kind == NameKind.None)
            return [];
        var wanted = Encoding.UTF8.GetBytes(name);
        var entries = new List<DieReference>();
        foreach (var entry in Names.Find(wanted, kind))
            if (TryResolve(entry) is { } found && (entry.Kind == NameKind.Enumerator || HasName(found, wanted)))
                entries.Add(found);
        return entries;
    }

    private DieReference? TryResolve(in NameEntry entry)
    {
        try
        {
            var found = NameIndex.Resolve(File, entry);
            found.Open();
            return found;
        }
        catch (DwarfException)
        {
            return null;
        }
    }

    private static bool HasName(DieReference reference, ReadOnlySpan<byte> name)
    {
        try
        {
            return DieNames.NameOf(reference).SequenceEqual(name);
        }
        catch (DwarfException)
        {
            return false;
        }
    }

    private static string FileOf(DieReference reference)
    {
        try
        {
            return Encoding.UTF8.GetString(reference.Unit.Root.Name);
        }
        catch (DwarfException)
        {
            return "";
        }
    }

    private static NameKind NameKindOf(TypeKind kind) => kind switch
    {
        TypeKind.Struct => NameKind.Struct,
        TypeKind.Union => NameKind.Union,
        TypeKind.Enum => NameKind.Enum,
        TypeKind.Typedef => NameKind.Typedef,
        TypeKind.Int or TypeKind.Float => NameKind.BaseType,
        _ => NameKind.None,
    };
}
