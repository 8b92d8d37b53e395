namespace Panicle.Symbols;

/// <summary>A variable that lies at one place in memory for as long as the kernel runs.</summary>
/// <param name="Name">Its name in the source.</param>
/// <param name="Type">Its type.</param>
/// <param name="Address">
/// Where it lies, in the running kernel; for a per-CPU variable its place in the CPUs' areas, as its symbol has it.
/// </param>
/// <param name="File">The source file that defines it, as the compiler was given it.</param>
public sealed record SourceVariable(string Name, KernelType Type, ulong Address, string File);

/// <summary>Types that know of every variable, static ones of one name in several files included. Thread-safe.</summary>
internal interface IVariableTypes : ITypeSource
{
    /// <summary>
    /// The declared type of the function of a name, or of the variable that lies at the address; null if there is none.
    /// </summary>
    KernelType? FindSymbolType(string symbol, ulong address);

    /// <summary>Every variable of a name: several files may have a static one.</summary>
    IEnumerable<SourceVariable> FindVariables(string name);
}
