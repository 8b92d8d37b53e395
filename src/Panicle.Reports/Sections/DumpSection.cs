using Panicle.Kernel;

namespace Panicle.Reports.Sections;

/// <summary>What the file itself says of how it was made.</summary>
/// <param name="Files">Its path; several for a split dump.</param>
/// <param name="Format">Its format in words.</param>
/// <param name="FilterLevel">makedumpfile's level, if the file says.</param>
/// <param name="IsIncomplete">Whether it was cut short.</param>
public sealed record DumpSection(IReadOnlyList<string> Files, string Format, int? FilterLevel, bool IsIncomplete)
{
    internal static DumpSection Read(KernelDump kernel)
    {
        var header = kernel.Dump.Header;
        return new DumpSection(kernel.Dump.Paths, header.Format, header.FilterLevel, header.IsIncomplete);
    }
}
