namespace Panicle.Symbols.Dwarf;

/// <summary>How a register's value in the caller, or the frame's address, is found (DWARF 5, 6.4.1).</summary>
internal enum CfiRuleKind : byte
{
    /// <summary>Nothing is said of it: what the architecture's calling convention says holds.</summary>
    Unspecified,
    /// <summary>The value is lost.</summary>
    Undefined,
    SameValue,
    /// <summary>It is saved at the frame's address plus an offset.</summary>
    Offset,
    /// <summary>It is the frame's address plus an offset.</summary>
    ValueOffset,
    /// <summary>It is in another register; for the frame's address: a register plus an offset.</summary>
    Register,
    /// <summary>It is saved where an expression says; for the frame's address: it is what an expression says.</summary>
    Expression,
    /// <summary>It is what an expression says.</summary>
    ValueExpression,
}

/// <summary>A rule of call-frame information.</summary>
/// <param name="Kind">What it says.</param>
/// <param name="Register">The register, for <see cref="CfiRuleKind.Register"/>.</param>
/// <param name="Offset">Bytes to add; for expressions where it begins in the section.</param>
/// <param name="Length">The expression's length in bytes.</param>
internal readonly record struct CfiRule(CfiRuleKind Kind, int Register, long Offset, int Length);
