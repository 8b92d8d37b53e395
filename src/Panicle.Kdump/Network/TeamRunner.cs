namespace Panicle.Kdump.Network;

/// <summary>
/// How a team (teamd(8)) spreads what it sends. The kernel's part of it can't be asked by files; the configurations that teamd
/// was started with say it, as JSON: <c>"runner": {"name": "lacp"}</c>.
/// </summary>
internal static class TeamRunner
{
    private const string Connections = "/etc/NetworkManager/system-connections";

    /// <summary>The runner's name, or null if nothing tells it.</summary>
    public static string? Of(SystemRoot root, string name)
    {
        var profiles = root.FilesIn(Connections).Concat(root.FilesIn("/run/NetworkManager/system-connections"))
            .Select(path => root.TryRead(path) ?? "")
            .Where(text => text.Split('\n').Any(line => line.Trim() == $"interface-name={name}"));
        string[] files = [$"/etc/teamd/{name}.conf", $"/etc/sysconfig/network-scripts/ifcfg-{name}"];
        var found = files.Select(path => root.TryRead(path) ?? "").Concat(profiles).Select(In).OfType<string>()
            .Distinct().ToList();
        return found is [var only] ? only : null;
    }

    private static string? In(string text)
    {
        text = text.Replace("\\", "", StringComparison.Ordinal);
        var at = text.IndexOf("\"runner\"", StringComparison.Ordinal);
        at = at < 0 ? -1 : text.IndexOf("\"name\"", at, StringComparison.Ordinal);
        if (at < 0)
            return null;
        var words = text[(at + "\"name\"".Length)..].Split('"');
        return words.Length > 2 && words[0].Trim() == ":" ? words[1] : null;
    }
}
