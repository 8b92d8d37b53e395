namespace Panicle.Kdump.Loading;

/// <summary>
/// A kernel's command line, cut into parameters as the kernel cuts it (next_arg in lib/cmdline.c): a quote anywhere in a word
/// makes blanks part of it, and what follows <c>--</c> is for init.
/// </summary>
internal static class KernelParameters
{
    private const string End = "--";

    /// <summary>
    /// The kernel's own parameters, as they stand there; a quote without an end gets one, so that nothing that is put behind them
    /// is taken for a part of them.
    /// </summary>
    public static IReadOnlyList<string> Split(string commandLine)
    {
        var parameters = new List<string>();
        var at = 0;
        while (at < commandLine.Length)
        {
            if (char.IsWhiteSpace(commandLine[at]))
            {
                at++;
                continue;
            }
            var start = at;
            var isQuoted = false;
            for (; at < commandLine.Length && (isQuoted || !char.IsWhiteSpace(commandLine[at])); at++)
                isQuoted ^= commandLine[at] == '"';
            var parameter = $"{commandLine[start..at]}{(isQuoted ? "\"" : "")}";
            if (parameter.Trim('"') == End)
                break;
            parameters.Add(parameter);
        }
        return parameters;
    }

    /// <summary>A parameter's name as the kernel compares it: without quotes, and with '-' for '_' everywhere.</summary>
    public static string NameOf(string parameter)
    {
        var text = parameter.TrimStart('"');
        var sign = text.IndexOf('=', StringComparison.Ordinal);
        return Normalize((sign < 0 ? text : text[..sign]).Trim('"'));
    }

    /// <summary>A name as the kernel compares it.</summary>
    public static string Normalize(string name) => name.Replace('-', '_');

    /// <summary>A parameter's value without quotes; "" if it has none.</summary>
    public static string ValueOf(string parameter) =>
        parameter.IndexOf('=', StringComparison.Ordinal) is >= 0 and var sign ? parameter[(sign + 1)..].Trim('"') : "";
}
