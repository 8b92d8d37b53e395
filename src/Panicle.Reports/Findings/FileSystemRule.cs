using System.Globalization;
using System.Text.RegularExpressions;
using Panicle.Logs.Events;

namespace Panicle.Reports.Findings;

/// <summary>A file system found itself damaged, or could not go on and became read-only.</summary>
internal sealed partial class FileSystemRule : FindingRule
{
    private static readonly Dictionary<int, string> Errors = new()
    {
        [2] = "no such entry",
        [5] = "an I/O error of the disk",
        [11] = "try again",
        [12] = "no memory",
        [17] = "an entry exists already",
        [22] = "an invalid argument",
        [28] = "no space left",
        [30] = "the file system is read-only",
        [117] = "the structure is damaged",
        [122] = "a quota is used up",
    };

    /// <inheritdoc/>
    public override IEnumerable<Finding> Look(FindingContext context)
    {
        if (context.Event is not { Kind: OopsKind.FilesystemError } found)
            yield break;
        var where = found.FullFunction is { } function ? $" in {function}" : "";
        var device = Device().Match(found.Title) is { Success: true } match ? $" on {match.Groups["d"].Value}" : "";
        var name = Name().Match(found.Title) is { Success: true } told ? told.Groups["n"].Value.ToLowerInvariant()
            : "file system";
        if (Error().Match(found.Title) is { Success: true } error
            && int.TryParse(error.Groups["e"].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            var meaning = Errors.TryGetValue(number, out var words) ? $", {words}" : "";
            var aborted = found.Title.Contains("ransaction aborted", StringComparison.Ordinal)
                ? $"The {name}{device} aborted a transaction{where}: error -{number}{meaning}. It is read-only from now on"
                : $"The {name}{device} could not go on{where}: error -{number}{meaning}";
            yield return new Finding(
                OopsKind.FilesystemError, $"{aborted} (file-system error)", Certainty.Certain, FindingRole.Symptom,
                [.. context.Headline], number == 28
                    ? "Make room on it: look at what is allocated for data and for metadata, too (btrfs filesystem usage)."
                    : "Look at what the log says of the disk before, then check the file system.");
            yield break;
        }
        var isAbort = found.Title.Contains("borting journal", StringComparison.Ordinal)
            || found.Title.Contains("aborted journal", StringComparison.Ordinal);
        yield return new Finding(
            OopsKind.FilesystemError,
            isAbort ? $"The journal{device} was given up: the file system on it is read-only from now on (file-system error)"
                : $"The {name}{device} found itself damaged{where} (file-system error)",
            Certainty.Certain, FindingRole.Symptom, [.. context.Headline],
            isAbort ? "Why is in the lines before: an I/O error of the disk, or damage that was found. Check the disk, then the "
                + "file system." : "Check the file system, and the disk under it.");
    }

    [GeneratedRegex(@"^[A-Za-z0-9: -]*?\((?:device )?(?<d>(?!error )[^):]+)\)|journal on device (?<d>\S+?)\.?$"
        + @"|^JBD2?: .*on (?<d>\S+?)\.?$",
        RegexOptions.CultureInvariant)]
    private static partial Regex Device();

    [GeneratedRegex(@"^(?:Filesystem ""?\S+ )?(?<n>EXT[234]|XFS|BTRFS|F2FS|JBD2?)", RegexOptions.CultureInvariant)]
    private static partial Regex Name();

    [GeneratedRegex(@"\(error -(?<e>\d+)\)|errno=-(?<e>\d+)", RegexOptions.CultureInvariant)]
    private static partial Regex Error();
}
