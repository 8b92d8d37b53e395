using System.Text;
using Panicle.Dumps;

namespace Panicle.Symbols.Btf;

/// <summary>
/// The types of one BTF blob: the kernel's own (<c>__start_BTF</c> to <c>__stop_BTF</c>) or a module's on top of it
/// (Documentation/bpf/btf.rst). Opening it finds where each type's record starts; names are hashed on the first search and
/// types are made when they are asked for.
/// </summary>
public sealed class BtfTypes : ITypeSource
{
    // KSYM_NAME_LEN; Rust's are the longest.
    private const int LongestName = 512;

    private readonly ReadOnlyMemory<byte> _types;
    private readonly ReadOnlyMemory<byte> _strings;
    private readonly int[] _offsets;
    private readonly BtfTypes? _base;
    private readonly uint _firstString;
    private readonly BtfType?[] _cache;
    private readonly Lazy<BtfNameIndex> _typeNames;
    private readonly Lazy<BtfNameIndex> _symbolNames;
    private readonly Lazy<BtfNameIndex> _enumeratorNames;
    private readonly Lazy<bool> _marksSignedEnums;

    private BtfTypes(ReadOnlyMemory<byte> data, BtfHeader header, BtfTypes? baseTypes, string? module, Limits limits)
    {
        _types = data[header.Types];
        _strings = data[header.Strings];
        _offsets = BtfIndex.Build(_types.Span, data.Span[header.Layout], out var problem);
        _base = baseTypes;
        // A module's ids and string offsets continue those of the kernel.
        FirstId = baseTypes is null ? 1 : baseTypes.FirstId + baseTypes.Count;
        _firstString = baseTypes is null ? 0 : baseTypes._firstString + (uint)baseTypes._strings.Length;
        _cache = new BtfType?[_offsets.Length];
        Origin = new TypeOrigin(TypeFormat.Btf, module);
        Problem = problem;
        Limits = limits;
        Void = baseTypes?.Void ?? new BtfVoid();
        _typeNames = new(() => IndexNames(IsNamedType));
        _symbolNames = new(() => IndexNames(kind => kind is BtfKind.Function or BtfKind.Variable));
        _enumeratorNames = new(IndexEnumerators);
        _marksSignedEnums = new(AnyEnumIsMarkedSigned);
    }

    /// <inheritdoc/>
    public TypeOrigin Origin { get; }

    /// <summary>Number of types in this blob, without those of its base.</summary>
    public int Count => _offsets.Length;

    /// <summary>What is wrong with the data and was worked around, or null.</summary>
    public string? Problem { get; private set; }

    internal int FirstId { get; }

    internal Limits Limits { get; }

    internal KernelType Void { get; }

    /// <summary>Whether whoever wrote this BTF knew of the flag that marks an enum as signed (it came with ENUM64).</summary>
    internal bool MarksSignedEnums => _marksSignedEnums.Value;

    /// <summary>
    /// Opens the kernel's BTF in the dump's memory. Lost pages cost the types and names on them,
    /// and all types after a lost record.
    /// </summary>
    /// <param name="memory">The kernel's virtual memory.</param>
    /// <param name="section">Where <c>.BTF</c> lies.</param>
    /// <param name="limits">What a damaged dump may cost.</param>
    /// <param name="why">On failure, the reason in words; else null.</param>
    public static BtfTypes? TryOpen(IMemory memory, AddressRange section, Limits limits, out string? why)
    {
        var data = BtfReader.Read(memory, section, limits, out var problem, out why);
        if (data is null)
            return null;
        var types = TryOpen(data, limits, out why);
        if (types is not null)
            types.Problem = problem ?? types.Problem;
        return types;
    }

    /// <summary>Opens a whole BTF blob, a kernel's.</summary>
    public static BtfTypes? TryOpen(ReadOnlyMemory<byte> data, Limits limits, out string? why) =>
        Open(data, null, null, limits, out why);

    /// <summary>Opens a module's BTF, whose ids and strings continue the kernel's.</summary>
    /// <param name="baseTypes">The kernel's types.</param>
    /// <param name="data">
    /// The module's blob as the running kernel keeps it (<c>struct btf</c>'s data, relocated to the kernel's ids).
    /// </param>
    /// <param name="module">The module's name.</param>
    /// <param name="limits">What a damaged dump may cost.</param>
    /// <param name="why">On failure, the reason in words; else null.</param>
    public static BtfTypes? TryOpenSplit(
        BtfTypes baseTypes, ReadOnlyMemory<byte> data, string module, Limits limits, out string? why) =>
        Open(data, baseTypes, module, limits, out why);

    private static BtfTypes? Open(
        ReadOnlyMemory<byte> data, BtfTypes? baseTypes, string? module, Limits limits, out string? why)
    {
        var header = BtfHeader.TryParse(data.Span, out why);
        if (header is null)
            return null;
        var types = new BtfTypes(data, header.Value, baseTypes, module, limits);
        if (types.Count > 0)
            return types;
        why = types.Problem ?? "the BTF holds no types";
        return null;
    }

    /// <inheritdoc/>
    public KernelType? Find(TypeKind kind, string name)
    {
        Span<byte> buffer = stackalloc byte[256];
        var wanted = Utf8(name, buffer);
        var candidates = _typeNames.Value.Find(wanted);
        var best = 0;
        BtfKind bestKind = default;
        while (candidates.MoveNext(out var id))
        {
            var record = RecordOf(id);
            // The candidates come latest first; of equal kinds the earliest counts, and a definition before a declaration.
            if (Matches(record, kind, wanted) && (best == 0 || bestKind == BtfKind.Forward || record.Kind != BtfKind.Forward))
                (best, bestKind) = (id, record.Kind);
        }
        return best == 0 ? null : Type(best);
    }

    /// <inheritdoc/>
    public KernelType? FindSymbolType(string symbol)
    {
        Span<byte> buffer = stackalloc byte[256];
        var wanted = Utf8(symbol, buffer);
        var candidates = _symbolNames.Value.Find(wanted);
        var found = 0;
        while (candidates.MoveNext(out var id))
            if (NameBytes(RecordOf(id).NameOffset).SequenceEqual(wanted))
                found = id;
        return found == 0 ? null : Type(RecordOf(found).SizeOrType);
    }

    /// <inheritdoc/>
    public long? FindEnumerator(string name)
    {
        Span<byte> buffer = stackalloc byte[256];
        var wanted = Utf8(name, buffer);
        var candidates = _enumeratorNames.Value.Find(wanted);
        long? found = null;
        while (candidates.MoveNext(out var id))
            foreach (var enumerator in Type((uint)id)!.Enumerators)
                if (enumerator.Name == name)
                    found = enumerator.Value;
        return found;
    }

    /// <inheritdoc/>
    public IEnumerable<KernelType> All(TypeKind kind)
    {
        for (var index = 0; index < Count; index++)
        {
            var id = FirstId + index;
            var record = RecordOf(id);
            if (record.NameOffset != 0 && IsNamedType(record.Kind) && KindOf(record.Kind) == kind)
                yield return Type((uint)id)!;
        }
    }

    /// <summary>The type with an id of BTF's numbering, the kernel's own or this module's; null if there is none.</summary>
    internal KernelType? Type(long id)
    {
        if (id == 0)
            return Void;
        if (id < FirstId)
            return _base?.Type(id);
        var index = id - FirstId;
        if (index >= Count)
            return null;
        if (Volatile.Read(ref _cache[index]) is { } known)
            return known;
        var made = new BtfType(this, (int)id, RecordOf((int)id));
        return Interlocked.CompareExchange(ref _cache[index], made, null) ?? made;
    }

    /// <summary>The bytes of a type that follow its record: members, values, parameters.</summary>
    internal ReadOnlySpan<byte> Extra(int id) => _types.Span[(_offsets[id - FirstId] + BtfRecord.Bytes)..];

    /// <summary>A name as text: what could end or steer a line isn't one's, and is shown as U+FFFD.</summary>
    internal string Name(uint offset)
    {
        var name = Encoding.UTF8.GetString(NameBytes(offset));
        return name.Any(char.IsControl) ? new string([.. name.Select(c => char.IsControl(c) ? '\ufffd' : c)]) : name;
    }

    internal static TypeKind KindOf(BtfKind kind) => kind switch
    {
        BtfKind.Int => TypeKind.Int,
        BtfKind.Float => TypeKind.Float,
        BtfKind.Pointer => TypeKind.Pointer,
        BtfKind.Array => TypeKind.Array,
        BtfKind.Struct => TypeKind.Struct,
        BtfKind.Union => TypeKind.Union,
        BtfKind.Enum or BtfKind.Enum64 => TypeKind.Enum,
        BtfKind.Forward => TypeKind.Forward,
        BtfKind.Typedef => TypeKind.Typedef,
        BtfKind.Const or BtfKind.Volatile or BtfKind.Restrict or BtfKind.TypeTag => TypeKind.Qualifier,
        BtfKind.Prototype => TypeKind.Function,
        _ => TypeKind.Void,
    };

    private BtfRecord RecordOf(int id) => BtfRecord.Read(_types.Span[_offsets[id - FirstId]..]);

    private ReadOnlySpan<byte> NameBytes(uint offset)
    {
        if (offset < _firstString)
            return _base!.NameBytes(offset);
        var at = offset - _firstString;
        if (at >= _strings.Length)
            return [];
        // Damaged strings run into each other, and such a one in each of thousands of members would fill the memory.
        var rest = _strings.Span[(int)at..];
        rest = rest[..Math.Min(rest.Length, LongestName)];
        var end = rest.IndexOf((byte)0);
        return end < 0 ? rest : rest[..end];
    }

    private bool Matches(in BtfRecord record, TypeKind kind, ReadOnlySpan<byte> name)
    {
        var isKind = KindOf(record.Kind) == kind
            || (record.Kind == BtfKind.Forward && kind == (record.Flag ? TypeKind.Union : TypeKind.Struct));
        return isKind && NameBytes(record.NameOffset).SequenceEqual(name);
    }

    private BtfNameIndex IndexNames(Func<BtfKind, bool> isWanted)
    {
        var index = new BtfNameIndex(Count / 2);
        for (var i = 0; i < Count; i++)
        {
            var record = BtfRecord.Read(_types.Span[_offsets[i]..]);
            if (record.NameOffset != 0 && isWanted(record.Kind))
                index.Add(NameBytes(record.NameOffset), FirstId + i);
        }
        return index;
    }

    /// <summary>Indexes the enums' values; the ids are those of the enums.</summary>
    private BtfNameIndex IndexEnumerators()
    {
        var index = new BtfNameIndex(Count / 4);
        for (var i = 0; i < Count; i++)
        {
            var record = BtfRecord.Read(_types.Span[_offsets[i]..]);
            if (record.Kind is not (BtfKind.Enum or BtfKind.Enum64))
                continue;
            var values = Extra(FirstId + i);
            var step = record.Kind == BtfKind.Enum ? 8 : 12;
            for (var value = 0; value < record.Count; value++)
                index.Add(NameBytes(BitConverter.ToUInt32(values[(value * step)..])), FirstId + i);
        }
        return index;
    }

    private bool AnyEnumIsMarkedSigned()
    {
        for (var i = 0; i < Count; i++)
        {
            var record = BtfRecord.Read(_types.Span[_offsets[i]..]);
            if (record.Kind == BtfKind.Enum64 || (record.Kind == BtfKind.Enum && record.Flag))
                return true;
        }
        return _base?.MarksSignedEnums ?? false;
    }

    private static bool IsNamedType(BtfKind kind) => kind is BtfKind.Int or BtfKind.Float or BtfKind.Struct or BtfKind.Union
        or BtfKind.Enum or BtfKind.Enum64 or BtfKind.Typedef or BtfKind.Forward;

    private static ReadOnlySpan<byte> Utf8(string name, Span<byte> buffer) =>
        Encoding.UTF8.TryGetBytes(name, buffer, out var length) ? buffer[..length] : Encoding.UTF8.GetBytes(name);
}
