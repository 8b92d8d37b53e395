namespace Panicle.Symbols.Kallsyms;

/// <summary>
/// Where the kernel's symbol tables lie in its virtual memory (<c>scripts/kallsyms.c</c> writes them, in orders that varied).
/// </summary>
/// <param name="Names">The compressed names (<c>kallsyms_names</c>).</param>
/// <param name="Count">How many there are (the value of <c>kallsyms_num_syms</c>).</param>
/// <param name="TokenTable">The 256 token texts (<c>kallsyms_token_table</c>).</param>
/// <param name="TokenIndex">The offset of each in the table (<c>kallsyms_token_index</c>).</param>
/// <param name="Offsets">A 32-bit number for each symbol (<c>kallsyms_offsets</c>).</param>
/// <param name="RelativeBase">The value of <c>kallsyms_relative_base</c>; null where the kernel has none (since 7.1).</param>
/// <param name="NameBytes">The names' bytes, where finding the tables has read them already.</param>
internal readonly record struct KallsymsLayout(
    ulong Names, int Count, ulong TokenTable, ulong TokenIndex, ulong Offsets, ulong? RelativeBase, byte[]? NameBytes = null);
