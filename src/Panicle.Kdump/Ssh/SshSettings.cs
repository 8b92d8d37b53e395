using System.Text;
using Panicle.Kdump.Targets;

namespace Panicle.Kdump.Ssh;

/// <summary>What the system's ssh makes of a server's name: its configuration files (ssh_config(5)) read by itself.</summary>
internal sealed class SshSettings
{
    private const int DefaultPort = 22;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    // What both sides must agree on, and somebody may have set for an old server.
    private static readonly string[] Carried =
    [
        "ciphers", "macs", "kexalgorithms", "hostkeyalgorithms", "pubkeyacceptedalgorithms", "pubkeyacceptedkeytypes",
        "casignaturealgorithms", "requiredrsasize",
    ];

    private readonly Dictionary<string, List<string>> _values = [];
    private readonly string _host;
    private Dictionary<string, List<string>> _usual = [];

    private SshSettings(string host) => _host = host;

    /// <summary>Asks ssh. In a tree of files nothing is run, and ssh's own defaults hold.</summary>
    /// <exception cref="TargetException">ssh refuses its configuration.</exception>
    public static SshSettings Of(SystemRoot root, TargetAddress target)
    {
        var settings = new SshSettings(target.Host!);
        if (!root.IsLive || !root.HasFile(SshProgram.Path))
            return settings;
        string[] port = target.Port == DefaultPort ? [] : ["-p", $"{target.Port}"];
        string[] user = target.User is null ? [] : ["-l", target.User];
        Ask([.. port, .. user, "-G", "--", target.Host!], settings._values);
        Ask(["-F", "/dev/null", "-G", "--", target.Host!], settings._usual = []);
        return settings;
    }

    /// <summary>The server's name or address as it is connected to (<c>HostName</c>).</summary>
    public string HostName => One("hostname") ?? _host;

    /// <summary>The name that its key is looked up by in the place of its own (<c>HostKeyAlias</c>), or null.</summary>
    public string? Alias => One("hostkeyalias") is { } alias && alias != "none" ? alias : null;

    /// <summary>The TCP port: 22, unless the configuration has another.</summary>
    public int Port => int.TryParse(One("port"), out var port) ? port : DefaultPort;

    /// <summary>Who to be there, or null.</summary>
    public string? User => One("user");

    /// <summary>The files of known hosts, the user's before the system's.</summary>
    public IEnumerable<string> KnownHosts =>
        Files("userknownhostsfile", "/root/.ssh/known_hosts", "/root/.ssh/known_hosts2")
            .Concat(Files("globalknownhostsfile", "/etc/ssh/ssh_known_hosts", "/etc/ssh/ssh_known_hosts2"));

    /// <summary>The keys that it would try.</summary>
    public IEnumerable<string> Identities =>
        _values.TryGetValue("identityfile", out var files) ? files.Select(Expand)
        : ["/root/.ssh/id_rsa", "/root/.ssh/id_ecdsa", "/root/.ssh/id_ed25519"];

    /// <summary>What it goes through on the way, or null: a capture kernel has nothing that would.</summary>
    public string? Detour => (One("proxyjump") ?? One("proxycommand")) is { } proxy && proxy != "none" ? proxy : null;

    /// <summary>The names that the server's key may be known by, as they stand in files of known hosts.</summary>
    public IReadOnlyList<string> KeyNames(int port) =>
        Alias is { } alias ? [alias] : port == DefaultPort ? [HostName] : [$"[{HostName}]:{port}", HostName];

    /// <summary>The lines of the capture kernel's own ssh_config for this server.</summary>
    public IEnumerable<string> Lines()
    {
        yield return $"Host {_host}";
        if (HostName != _host)
            yield return $"    HostName {HostName}";
        if (Alias is { } alias)
            yield return $"    HostKeyAlias {alias}";
        foreach (var key in Carried)
            if (One(key) is { } value && value != _usual.GetValueOrDefault(key)?.FirstOrDefault())
                yield return $"    {key} {value}";
    }

    private IEnumerable<string> Files(string key, params string[] usual) =>
        One(key) is { } files
            ? files.Split(' ', StringSplitOptions.RemoveEmptyEntries).Where(file => file != "none").Select(Expand)
            : usual;

    private string? One(string key) => _values.TryGetValue(key, out var values) ? values[0] : null;

    // TOKENS of ssh_config(5), those that mean the same at any time; captures are root's.
    private string Expand(string path)
    {
        path = path.StartsWith("~/", StringComparison.Ordinal) ? $"/root{path[1..]}" : path;
        var expanded = new StringBuilder();
        for (var at = 0; at < path.Length; at++)
        {
            if (path[at] == '%' && at + 1 < path.Length && Token(path[at + 1]) is { } value)
            {
                expanded.Append(value);
                at++;
            }
            else
                expanded.Append(path[at]);
        }
        return expanded.ToString();
    }

    private string? Token(char letter) => letter switch
    {
        '%' => "%",
        'd' => "/root",
        'h' => HostName,
        'i' => "0",
        'k' => Alias ?? _host,
        'n' => _host,
        'p' => $"{Port}",
        'r' => User ?? "root",
        'u' => "root",
        _ => null,
    };

    private static void Ask(string[] arguments, Dictionary<string, List<string>> values)
    {
        var run = ProgramRun.Of(SshProgram.Path, arguments, Patience)
            ?? throw new TargetException(
                $"ssh -G {arguments[^1]} doesn't end: look into /etc/ssh/ssh_config and /root/.ssh/config");
        if (run.ExitCode != 0)
            throw new TargetException($"ssh refuses {arguments[^1]}: {run.Complaint}");
        foreach (var line in run.Output.Split('\n'))
            if (line.Split(' ', 2) is [var key, var value])
                (values.TryGetValue(key, out var list) ? list : values[key] = []).Add(value.Trim());
    }
}
