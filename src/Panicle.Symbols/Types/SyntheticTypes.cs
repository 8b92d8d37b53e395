namespace Panicle.Symbols;

/// <summary>A pointer that no source declares: what <c>(struct x *)</c> in an expression stands for.</summary>
internal sealed class SyntheticPointer(KernelType target) : KernelType
{
    public override TypeKind Kind => TypeKind.Pointer;

    public override string Name => "";

    public override ulong Size => sizeof(ulong);

    public override KernelType Target => target;

    public override TypeOrigin Origin => target.Origin;
}

/// <summary>An array that no source declares.</summary>
internal sealed class SyntheticArray(KernelType element, ulong count) : KernelType
{
    public override TypeKind Kind => TypeKind.Array;

    public override string Name => "";

    // An impossible size counts as unknown, as everywhere.
    public override ulong Size => Math.BigMul(element.Size, count, out var size) == 0 ? size : 0;

    public override KernelType Target => element;

    public override ulong Count => count;

    public override TypeOrigin Origin => element.Origin;
}

/// <summary>One of C's own types, for dumps whose types can't be read.</summary>
internal sealed class SyntheticInt(string name, ulong size, bool isSigned) : KernelType
{
    public override TypeKind Kind => TypeKind.Int;

    public override string Name => name;

    public override ulong Size => size;

    public override bool IsSigned => isSigned;

    public override bool IsChar => size == 1 && !IsBool;

    public override bool IsBool => name == "_Bool";

    public override TypeOrigin Origin => default;
}

internal sealed class SyntheticVoid : KernelType
{
    public static SyntheticVoid Instance { get; } = new();

    public override TypeKind Kind => TypeKind.Void;

    public override string Name => "void";

    public override ulong Size => 0;

    public override TypeOrigin Origin => default;
}
