using System.Numerics;
using Panicle.Symbols;

namespace Panicle.Kernel.Values;

/// <summary>Spells a number of an enum's type as C's name for it.</summary>
internal static class EnumNames
{
    /// <summary>
    /// The value's name; for an enum of flags the names of the set ones, <c>(A | B)</c>, with what has no name as
    /// <c>unknown: 0x80</c>; null where nothing fits.
    /// </summary>
    public static string? Of(KernelType type, long value)
    {
        foreach (var enumerator in type.Enumerators)
        {
            if (enumerator.Value == value)
                return enumerator.Name;
        }
        return IsFlags(type) && value > 0 ? Flags(type, value) : null;
    }

    // An enum is one of flags if no value shares a bit with another.
    private static bool IsFlags(KernelType type)
    {
        var seen = 0L;
        foreach (var enumerator in type.Enumerators)
        {
            if (enumerator.Value < 0 || (seen & enumerator.Value) != 0
                || (enumerator.Value != 0 && BitOperations.PopCount((ulong)enumerator.Value) != 1))
                return false;
            seen |= enumerator.Value;
        }
        return seen != 0;
    }

    private static string? Flags(KernelType type, long value)
    {
        var names = new List<string>();
        foreach (var enumerator in type.Enumerators)
        {
            if (enumerator.Value != 0 && (value & enumerator.Value) == enumerator.Value)
            {
                names.Add(enumerator.Name);
                value &= ~enumerator.Value;
            }
        }
        if (names.Count == 0)
            return null;
        if (value != 0)
            names.Add($"unknown: 0x{value:x}");
        return $"({string.Join(" | ", names)})";
    }
}
