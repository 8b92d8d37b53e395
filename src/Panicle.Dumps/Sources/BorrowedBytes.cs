namespace Panicle.Dumps.Sources;

/// <summary>
/// Bytes of a source where they lie, for as long as this isn't disposed of; none where a source has to be read. Somebody else may
/// be changing them (a device that still writes into the memory of the kernel that crashed):
/// look at them once, or copy them first.
/// </summary>
internal readonly ref struct BorrowedBytes(ReadOnlySpan<byte> bytes, Action giveBack)
{
    /// <summary>The bytes; all that were asked for, or none.</summary>
    public ReadOnlySpan<byte> Bytes { get; } = bytes;

    public void Dispose() => giveBack?.Invoke();
}
