using Panicle.Formats.Instructions;
using Panicle.Symbols;

namespace Panicle.Kernel.Disassembly;

/// <summary>A piece of code as instructions.</summary>
/// <param name="Function">The function that the first address belongs to, or null where no symbol covers it.</param>
/// <param name="Instructions">The instructions by ascending address.</param>
/// <param name="WhyNotWhole">
/// Why there are fewer instructions than were asked for, or why those before an address may be wrong, as a clause;
/// null if neither is so.
/// </param>
public sealed record CodeListing(Symbol? Function, IReadOnlyList<Instruction> Instructions, string? WhyNotWhole);
