namespace Panicle.Symbols;

/// <summary>What a type was read from.</summary>
public enum TypeFormat
{
    /// <summary>Nothing: it is one of C's own.</summary>
    C,
    /// <summary>BPF's type format, which the kernel has in its memory.</summary>
    Btf,
    /// <summary>What the compiler tells debuggers, in <c>.debug_info</c>.</summary>
    Dwarf,
}

/// <summary>Where a type comes from; text is "BTF", "BTF of crashme", "DWARF of vmlinux".</summary>
/// <param name="Format">What it was read from.</param>
/// <param name="Binary">Whose: "vmlinux", or a module's name; null where it is the kernel's, or isn't told.</param>
public readonly record struct TypeOrigin(TypeFormat Format, string? Binary = null)
{
    /// <inheritdoc/>
    public override string ToString()
    {
        var format = Format == TypeFormat.C ? "C" : Format.ToString().ToUpperInvariant();
        return Binary is null ? format : $"{format} of {Binary}";
    }
}
