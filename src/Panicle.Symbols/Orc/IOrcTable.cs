namespace Panicle.Symbols.Orc;

/// <summary>Unwind rules for a range of code. Thread-safe.</summary>
public interface IOrcTable
{
    /// <summary>
    /// The rule in force at an instruction address; false if the table doesn't cover it or can't be read there.
    /// </summary>
    bool TryFind(ulong address, out OrcEntry entry);
}
