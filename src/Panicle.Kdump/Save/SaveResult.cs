namespace Panicle.Kdump.Save;

/// <summary>What a save wrote, what it left out and what it took.</summary>
/// <param name="Files">The dump's files.</param>
/// <param name="Log">The file with the kernel's log, or null.</param>
/// <param name="Report">The file with the report, or null.</param>
/// <param name="Level">The dump level that was applied, the input's own included.</param>
/// <param name="MachinePages">Pages of memory that the machine had.</param>
/// <param name="Pages">Pages in the dump.</param>
/// <param name="ZeroPages">Those of them that are all zeros.</param>
/// <param name="LostPages">Pages that could not be read.</param>
/// <param name="Bytes">Bytes of the dump's files together.</param>
/// <param name="Seconds">How long it took, from opening the input to the files being safe.</param>
/// <param name="PeakMemory">The most memory that was in use, in bytes.</param>
/// <param name="IsIncomplete">Whether the dump is marked as incomplete.</param>
/// <param name="Uses">What memory was used for, and what of it was left out.</param>
/// <param name="Notes">What went wrong or needs to be known, each a sentence.</param>
public sealed record SaveResult(
    IReadOnlyList<string> Files, string? Log, string? Report, int Level, long MachinePages, long Pages, long ZeroPages,
    long LostPages, long Bytes, double Seconds, long PeakMemory, bool IsIncomplete, IReadOnlyList<FilteredUse> Uses,
    IReadOnlyList<string> Notes);
