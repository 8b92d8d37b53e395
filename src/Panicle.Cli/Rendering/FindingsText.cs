using Panicle.Reports.Findings;

namespace Panicle.Cli.Rendering;

internal static class FindingsText
{
    /// <param name="findings">The findings, the most telling first.</param>
    /// <param name="withCommands">Whether to show the command that checks each piece of evidence.</param>
    /// <param name="output">Where to.</param>
    public static void Write(IReadOnlyList<Finding> findings, bool withCommands, TextOutput output)
    {
        for (var i = 0; i < findings.Count; i++)
        {
            var finding = findings[i];
            output.Line($"{i + 1,3}. {finding.Title} [{Word(finding.Certainty)}]");
            foreach (var evidence in finding.Evidence)
            {
                output.Line($"     - {evidence.Text}{(evidence.Line is { } line ? $" (line {line})" : "")}");
                if (withCommands && evidence.Command is not null)
                    output.Line($"           {evidence.Command}");
            }
            if (finding.Advice is not null)
                output.Line($"     => {finding.Advice}");
        }
    }

    /// <summary>A certainty in lower case.</summary>
    public static string Word(Certainty certainty) => certainty switch
    {
        Certainty.Certain => "certain",
        Certainty.Likely => "likely",
        _ => "possible",
    };
}
