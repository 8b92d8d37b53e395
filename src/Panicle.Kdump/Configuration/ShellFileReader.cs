namespace Panicle.Kdump.Configuration;

/// <summary>Reads a distribution's file of shell variables: what all of them have in common.</summary>
/// <param name="path">The file.</param>
internal abstract class ShellFileReader(string path) : ConfigurationFileReader(path)
{
    private static readonly char[] Blanks = [' ', '\t', '\n'];

    /// <summary>The words that the shell makes of a value where it isn't quoted.</summary>
    protected static string[] Words(string value) => value.Split(Blanks, StringSplitOptions.RemoveEmptyEntries);

    /// <summary>A value that may go over several lines, with one blank between its words.</summary>
    protected static string OneLine(string value) => string.Join(' ', Words(value));

    /// <summary>
    /// The last assignment to each variable, in the order of the lines: what stood before it is nothing. What can't be
    /// understood of the file is told.
    /// </summary>
    /// <param name="lines">The file.</param>
    /// <param name="isBash">Whether bash reads it.</param>
    /// <param name="known">The variables that mean something in it.</param>
    protected IReadOnlyList<ShellAssignment> LastAssignments(
        IReadOnlyList<string> lines, bool isBash, IReadOnlyCollection<string> known)
    {
        var all = ShellAssignments.Read(lines, isBash, known, out var remarks);
        foreach (var (line, message) in remarks)
        {
            Line = line;
            Remark(message);
        }
        return [.. all.GroupBy(one => one.Name).Select(group => group.Last()).OrderBy(one => one.Line)];
    }
}
