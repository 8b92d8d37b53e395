namespace Panicle.Kdump.Configuration;

/// <summary>Servers as the distributions' files spell them, in the spelling of <c>target</c>.</summary>
internal static class RemotePlace
{
    /// <summary>An export and a directory below it.</summary>
    /// <param name="export"><c>HOST:/EXPORT</c>; the host may be an IPv6 address, with or without brackets.</param>
    /// <param name="directory">The directory; "" for the export itself.</param>
    public static string Nfs(string export, string directory)
    {
        var colon = export.LastIndexOf(":/", StringComparison.Ordinal);
        return colon < 0
            ? $"nfs://{export}{directory}"
            : $"nfs://{Host(export[..colon])}{export[(colon + 1)..].TrimEnd('/')}{directory}";
    }

    /// <summary>A directory on a server that is reached through SSH.</summary>
    /// <param name="server"><c>USER@HOST</c>; the host may be an IPv6 address, with or without brackets.</param>
    /// <param name="port">The port, or "".</param>
    /// <param name="directory">The directory.</param>
    public static string Ssh(string server, string port, string directory)
    {
        var at = server.LastIndexOf('@') + 1;
        return $"ssh://{server[..at]}{Host(server[at..])}{(port.Length > 0 ? $":{port}" : "")}{directory}";
    }

    /// <summary>What stands behind a name and a colon, where ssh wants <c>-p</c>; null for nothing.</summary>
    public static string? PortOf(string server) =>
        server[(server.LastIndexOf('@') + 1)..].Split(':') is [_, var port] ? port : null;

    // More than one colon is an address: these files give ports elsewhere.
    private static string Host(string host) =>
        host.Count(letter => letter == ':') > 1 && !host.StartsWith('[') ? $"[{host}]" : host;
}
