namespace Panicle.Reports.Sections;

/// <summary>The log that a report is on.</summary>
/// <param name="Files">Its path; several for one that pstore cut into parts. <c>-</c> is standard input.</param>
/// <param name="Lines">How many lines it has.</param>
/// <param name="Events">How many crashes, warnings and errors of the kernel it tells of: <c>panicle oops</c> shows each.</param>
public sealed record TextSection(IReadOnlyList<string> Files, long Lines, int Events);
