using System.Text;

namespace Panicle.Kdump.Configuration;

/// <summary>
/// Panicle's own file: lines of <c>key = value</c>; <c>#</c> starts a comment at the start of a line or after a blank.
/// </summary>
internal sealed class PanicleConf(string path) : ConfigurationFileReader(path)
{
    public const string DefaultPath = "/etc/panicle.conf";

    public ConfigurationFile Read(IReadOnlyList<string> lines)
    {
        var seen = new Dictionary<string, int>();
        for (Line = 1; Line <= lines.Count; Line++)
        {
            var text = WithoutComment(lines[Line - 1]);
            if (text.Length == 0)
                continue;
            var sign = text.IndexOf('=', StringComparison.Ordinal);
            var key = (sign < 0 ? text : text[..sign]).Trim();
            if (SettingKey.Find(key) is null)
                Remark($"there is no key '{(key.Length > 40 ? $"{key[..40]}…" : key)}'"
                    + Spelling.Suggest(key, SettingKey.All.Select(known => known.Name)));
            else if (sign < 0)
                Remark($"'=' and a value are expected after {key}");
            else if (!seen.TryAdd(key, Line))
                Remark($"{key} stands in line {seen[key]} already, and that is what counts");
            else if (text[(sign + 1)..].Trim() is { Length: > 0 } value)
                Set(key, value);
            else
                Remark($"a value is expected after {key} =");
        }
        return Result;
    }

    /// <summary>The text of a file that says this, each value with where it came from.</summary>
    public static string Write(IEnumerable<Setting> settings)
    {
        var text = new StringBuilder(
            "# Panicle's configuration of crash dumps. 'panicle kdump config' shows every key and what it is set to.\n");
        foreach (var setting in settings)
        {
            if (setting.Origin != Origin.Default)
                text.Append($"# {setting.Origin}\n");
            text.Append(setting.WhyUnknown is { } why ? $"# {setting.Key} isn't known: {why.ReplaceLineEndings(" ")}\n"
                : $"{setting.Key} = {setting.Value}\n");
        }
        return text.ToString();
    }

    private static string WithoutComment(string line)
    {
        if (line.TrimStart().StartsWith('#'))
            return "";
        var comment = line.IndexOf(" #", StringComparison.Ordinal);
        return (comment < 0 ? line : line[..comment]).Trim();
    }
}
