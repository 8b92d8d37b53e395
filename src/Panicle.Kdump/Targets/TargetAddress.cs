using System.Globalization;

namespace Panicle.Kdump.Targets;

/// <summary>
/// Where dumps go, as one word of configuration: <c>/var/crash</c>, <c>UUID=…:/crash</c>, <c>/dev/vdb1,subvol=@:/crash</c>,
/// <c>raw:/dev/disk/by-id/…</c>, <c>nfs://server/export/crash</c>, <c>ssh://user@server/crash</c>,
/// <c>ftp://user:password@server/crash</c>, <c>http://server:8080/crash</c>.
/// </summary>
/// <param name="Kind">What kind of place.</param>
public sealed record TargetAddress(TargetKind Kind)
{
    private static readonly (string Scheme, TargetKind Kind, int Port)[] Schemes =
    [
        ("nfs", TargetKind.Nfs, 2049), ("ssh", TargetKind.Ssh, 22), ("sftp", TargetKind.Ssh, 22), ("scp", TargetKind.Ssh, 22),
        ("ftp", TargetKind.Ftp, 21), ("http", TargetKind.Http, 80), ("https", TargetKind.Https, 443),
    ];

    /// <summary>
    /// For local and raw targets the device: <c>/dev/vdb1</c> or what it is known by (<see cref="DeviceTags"/>); null for
    /// whatever the running system has the directory on.
    /// </summary>
    public string? Device { get; init; }

    /// <summary>
    /// For local targets on btrfs the subvolume that the directory is in, as mount(2) takes it: <c>subvol=@/var</c> or
    /// <c>subvolid=5</c>; null for the default one.
    /// </summary>
    public string? Subvolume { get; init; }

    /// <summary>The directory, on the device or the server; "/" for its top. For HTTP with its query, as it was given.</summary>
    public string Path { get; init; } = "/";

    /// <summary>The server's name or address.</summary>
    public string? Host { get; init; }

    /// <summary>The server's port; the protocol's usual one where none is given.</summary>
    public int Port { get; init; }

    /// <summary>Who to be there.</summary>
    public string? User { get; init; }

    /// <summary>The password, for those that take one.</summary>
    public string? Password { get; init; }

    /// <summary>The server as addresses spell it where a port or a path may follow: an IPv6 address in brackets.</summary>
    internal string BracketedHost => Host!.Contains(':', StringComparison.Ordinal) ? $"[{Host}]" : Host;

    /// <summary>Whether it needs a network.</summary>
    public bool IsRemote => Host is not null;

    /// <summary>Reads a target as configurations spell it: a directory, a device, or an address with a scheme.</summary>
    /// <exception cref="FormatException">It isn't one; the message says why.</exception>
    public static TargetAddress Parse(string text)
    {
        try
        {
            return Read(text.Trim());
        }
        catch (FormatException e)
        {
            throw new FormatException(Configuration.Secrets.Hide(e.Message), e);
        }
    }

    private static TargetAddress Read(string text)
    {
        if (text.StartsWith("file://", StringComparison.Ordinal))
            text = text["file://".Length..];
        if (text.IndexOf("://", StringComparison.Ordinal) is > 0 and var colon)
            return ParseRemote(text, text[..colon], text[(colon + 3)..]);
        if (text.StartsWith("raw:", StringComparison.Ordinal))
            return new TargetAddress(TargetKind.Raw) { Device = CheckDevice(text["raw:".Length..]) };
        if (text.StartsWith("/dev/", StringComparison.Ordinal) || DeviceTags.IsTagged(text))
            return ParseDevice(text);
        return text.StartsWith('/')
            ? new TargetAddress(TargetKind.Local) { Path = Normalize(text) }
            : throw new FormatException(
                $"'{text}' is no target: give a directory, UUID=…:/directory, raw:/dev/…, or nfs://, ssh://, ftp://, http://");
    }

    /// <summary>The address as it is written in configuration.</summary>
    public override string ToString()
    {
        if (Kind == TargetKind.Raw)
            return $"raw:{Device}";
        if (Kind == TargetKind.Local)
            return Device is null ? Path : $"{Device}{(Subvolume is null ? "" : $",{Subvolume}")}:{Path}";
        var scheme = Kind.ToString().ToLowerInvariant();
        var user = User is null ? "" : Password is null ? $"{Uri.EscapeDataString(User)}@"
            : $"{Uri.EscapeDataString(User)}:{Uri.EscapeDataString(Password)}@";
        return $"{scheme}://{user}{BracketedHost}{(Port == DefaultPort(Kind) ? "" : $":{Port}")}{Path}";
    }

    /// <summary>
    /// The address without its password, to be shown; nor its query, which may be a signature that is worth as much.
    /// </summary>
    public string Shown
    {
        get
        {
            var shown = Password is null
                ? ToString()
                : (this with { Password = "…" }).ToString().Replace("%E2%80%A6", "…", StringComparison.Ordinal);
            return Kind is TargetKind.Http or TargetKind.Https
                && shown.IndexOf('?', StringComparison.Ordinal) is > 0 and var query ? $"{shown[..query]}?…" : shown;
        }
    }

    private static TargetAddress ParseRemote(string text, string scheme, string rest)
    {
        var known = Array.FindIndex(Schemes, entry => entry.Scheme == scheme);
        if (known < 0)
            throw new FormatException(
                $"'{text}': {scheme}:// is none of {string.Join(", ", Schemes.Select(entry => $"{entry.Scheme}://"))}");
        var slash = rest.IndexOf('/', StringComparison.Ordinal);
        if (slash >= 0 && rest.IndexOf('@', slash) > 0 && !rest[..slash].Contains('@', StringComparison.Ordinal)
            && rest.IndexOf(':', 0, slash) is >= 0 and var colon && !ushort.TryParse(rest[(colon + 1)..slash], out _)
            && !rest.StartsWith('['))
            throw new FormatException($"'{text}': '/' in a user's name or password is written %2F");
        var (authority, path) = slash < 0 ? (rest, "/") : (rest[..slash], rest[slash..]);
        var (user, password) = ((string?)null, (string?)null);
        if (authority.LastIndexOf('@') is >= 0 and var at)
        {
            var credentials = authority[..at].Split(':', 2);
            user = Uri.UnescapeDataString(credentials[0]);
            password = credentials.Length > 1 ? Uri.UnescapeDataString(credentials[1]) : null;
            authority = authority[(at + 1)..];
        }
        var (host, port) = SplitPort(text, authority, Schemes[known].Port);
        if (!IsHost(host))
            throw new FormatException($"'{text}': '{host}' is no name or address of a server");
        var kind = Schemes[known].Kind;
        return new TargetAddress(kind)
        {
            Host = host,
            Port = port,
            User = user,
            Password = password,
            Path = kind is TargetKind.Http or TargetKind.Https ? path : Normalize(path),
        };
    }

    // What begins with '-' would be an option of ssh.
    private static bool IsHost(string host) =>
        host[0] != '-' && host.All(letter => char.IsLetterOrDigit(letter) || letter is '.' or '-' or '_' or ':' or '%');

    private static (string Host, int Port) SplitPort(string text, string authority, int port)
    {
        var host = authority;
        var colon = authority.LastIndexOf(':');
        if (authority.StartsWith('[') && authority.IndexOf(']', StringComparison.Ordinal) is > 0 and var bracket)
        {
            host = authority[1..bracket];
            colon = authority.IndexOf(':', bracket);
        }
        else if (authority.Count(letter => letter == ':') > 1)
            throw new FormatException($"'{text}': an IPv6 address stands in brackets, [{authority}]");
        else if (colon >= 0)
            host = authority[..colon];
        if (colon >= 0
            && (!int.TryParse(authority[(colon + 1)..], NumberStyles.None, null, out port) || port is 0 or > ushort.MaxValue))
            throw new FormatException($"'{text}': '{authority[(colon + 1)..]}' is no port");
        return host.Length > 0 ? (host, port) : throw new FormatException($"'{text}': the server's name is missing");
    }

    private static TargetAddress ParseDevice(string text)
    {
        var colon = text.IndexOf(":/", StringComparison.Ordinal);
        var device = colon < 0 ? text : text[..colon];
        var option = device.IndexOf(",subvol", StringComparison.Ordinal);
        return new TargetAddress(TargetKind.Local)
        {
            Device = CheckDevice(option < 0 ? device : device[..option]),
            Subvolume = option < 0 ? null : CheckSubvolume(device[(option + 1)..]),
            Path = colon < 0 ? "/" : Normalize(text[(colon + 1)..]),
        };
    }

    private static string CheckSubvolume(string option) =>
        option.Split('=', 2) is ["subvol" or "subvolid", { Length: > 0 } value] && !value.Contains(',', StringComparison.Ordinal)
            ? option
            : throw new FormatException($"'{option}' is no subvolume: give subvol=PATH or subvolid=NUMBER");

    private static string CheckDevice(string device) =>
        device.StartsWith("/dev/", StringComparison.Ordinal) || DeviceTags.IsTagged(device)
            ? device
            : throw new FormatException($"'{device}' is no device: give /dev/… or one of {DeviceTags.Shown}");

    private static string Normalize(string path)
    {
        var trimmed = path.TrimEnd('/');
        return trimmed.Length == 0 ? "/" : trimmed;
    }

    private static int DefaultPort(TargetKind kind) => Array.Find(Schemes, entry => entry.Kind == kind).Port;
}
