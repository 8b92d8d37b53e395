namespace Panicle.Symbols.Dwarf;

/// <summary>A function, or one that was inlined, with the variables in scope at an address.</summary>
/// <param name="Function">Its name; empty if unknown.</param>
/// <param name="IsInlined">Whether it was inlined.</param>
/// <param name="Variables">Its parameters and variables; of equal names the one of the innermost block is last.</param>
/// <param name="Problem">What is damaged, so that variables may be missing; null where nothing is.</param>
public sealed record FunctionLocals(string Function, bool IsInlined, IReadOnlyList<LocalVariable> Variables, string? Problem);

/// <summary>A parameter or variable of a function in a frame.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">Its type.</param>
/// <param name="IsParameter">Whether it is a parameter.</param>
/// <param name="Value">Its value, or null if it can't be had.</param>
/// <param name="Reason">Why not, as a clause; null if there is a value.</param>
public sealed record LocalVariable(string Name, KernelType Type, bool IsParameter, LocalValue? Value, string? Reason);

/// <summary>A variable's value: either it lies in memory, or its bytes are known from registers and debug information.</summary>
/// <param name="Address">Where it lies, or null.</param>
/// <param name="Bytes">The bytes if it doesn't lie in memory as a whole; as many as the type has.</param>
/// <param name="Lost">Which of the bytes are lost, by first and end.</param>
public sealed record LocalValue(ulong? Address, byte[] Bytes, IReadOnlyList<(int Start, int End)> Lost);
