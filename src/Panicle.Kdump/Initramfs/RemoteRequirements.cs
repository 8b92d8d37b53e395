using System.Net;
using System.Net.Sockets;
using System.Text;
using Panicle.Kdump.Configuration;
using Panicle.Kdump.Targets;

namespace Panicle.Kdump.Initramfs;

/// <summary>
/// What the initramfs needs for a target on another machine: the network's drivers, the server's address, the programs.
/// </summary>
internal sealed class RemoteRequirements(SystemRoot root, ModuleTree tree, ModuleSelection selection, List<InitramfsFile> files)
{
    private static readonly string[] Keys = ["/root/.ssh/kdump_id_rsa", "/root/.ssh/id_ed25519", "/root/.ssh/id_rsa"];
    private static readonly string[] KnownHosts = ["/root/.ssh/known_hosts", "/etc/ssh/ssh_known_hosts"];

    // Where curl looks: Debian and SUSE, RHEL and Fedora, SUSE.
    private static readonly string[] Certificates =
    [
        "/etc/ssl/certs/ca-certificates.crt",
        "/etc/pki/tls/certs/ca-bundle.crt",
        "/etc/ssl/ca-bundle.pem",
    ];

    /// <summary>Adds it, and puts into the configuration what only the running system can find out.</summary>
    public void Add(string key, TargetAddress target, ref EffectiveConfiguration configuration)
    {
        var server = AddressOf(target);
        // Keys, certificates and signatures are for the name; the others get the address.
        if (target.Kind is TargetKind.Ssh or TargetKind.Http or TargetKind.Https)
            AddHost(server, target);
        else
            configuration = configuration.With(key, (target with { Host = server.ToString() }).ToString());
        AddInterface(server, ref configuration);
        if (configuration["vlan"].Length > 0)
            selection.Add("8021q", "the VLAN");
        if (configuration["bond"].Length > 0)
            selection.Add("bonding", "the bond");
        switch (target.Kind)
        {
            case TargetKind.Nfs:
                selection.Add("nfs", target.Shown);
                selection.AddIfThere("nfsv3", target.Shown);
                selection.AddIfThere("nfsv4", target.Shown);
                break;
            case TargetKind.Ssh:
                AddSsh(target, configuration);
                break;
            case TargetKind.Https:
                AddPrograms("/usr/bin/curl", target);
                AddNames(target);
                if (!Certificates.Any(path => AddIfThere(path, target)))
                    throw new TargetException(
                        $"{target.Shown} needs the certificates of those that vouch for servers, "
                            + $"and they are in none of {string.Join(", ", Certificates)}");
                break;
        }
    }

    private IPAddress AddressOf(TargetAddress target)
    {
        try
        {
            return HostNames.AddressOf(root, target.Host!);
        }
        catch (IOException e)
        {
            throw new TargetException($"{e.Message}: set target to its address", e);
        }
    }

    // Target and fallback may both want a line.
    private void AddHost(IPAddress server, TargetAddress target)
    {
        var path = HostNames.Path.TrimStart('/');
        var before = files.FindLast(file => file.Path == path);
        if (server.ToString() == target.Host)
            return;
        files.RemoveAll(file => file.Path == path);
        AddText(
            path, $"{(before is null ? "127.0.0.1 localhost\n" : Encoding.UTF8.GetString(before.Content.Span))}{server} "
                + $"{target.Host}\n", target);
    }

    private void AddInterface(IPAddress server, ref EffectiveConfiguration configuration)
    {
        var names = configuration["interface"] is { Length: > 0 } given
            ? given.Split([' ', ','], StringSplitOptions.RemoveEmptyEntries)
            : [RouteTo(server)];
        var addresses = new List<string>();
        foreach (var name in names)
        {
            if (!root.HasDirectory($"/sys/class/net/{name}"))
                throw new TargetException($"there is no network interface {name}");
            foreach (var module in DeviceDrivers.Of(root, tree, $"/sys/class/net/{name}"))
                selection.Add(module, name);
            // Names depend on the order of discovery; the hardware's address does not.
            addresses.Add(root.ReadLine($"/sys/class/net/{name}/address"));
        }
        configuration = configuration.With("interface", string.Join(' ', addresses));
    }

    // /proc/net/route: interface, destination and mask in hex, network byte order as a little-endian number.
    private string RouteTo(IPAddress server)
    {
        var address = server.AddressFamily == AddressFamily.InterNetwork ? BitConverter.ToUInt32(server.GetAddressBytes()) : 0;
        var best = root.ReadLines("/proc/net/route").Skip(1).Select(line => line.Split('\t', StringSplitOptions.TrimEntries))
            .Where(words => words.Length > 7)
            .Select(words => (Name: words[0], Destination: Convert.ToUInt32(words[1], 16), Mask: Convert.ToUInt32(words[7], 16)))
            .Where(route => (address & route.Mask) == route.Destination)
            .OrderByDescending(route => uint.PopCount(route.Mask)).FirstOrDefault();
        return best.Name
            ?? throw new TargetException($"there is no route to {server} now: set interface to the one that leads there");
    }

    private void AddSsh(TargetAddress target, EffectiveConfiguration configuration)
    {
        AddPrograms("/usr/bin/ssh", target);
        var key = configuration["ssh-key"] is { Length: > 0 } given ? given
            : Keys.FirstOrDefault(root.HasFile)
            ?? throw new TargetException("there is no key for ssh: set ssh-key");
        if (!root.HasFile(key))
            throw new TargetException($"there is no key {key}");
        AddFile(key, "root/.ssh/id", target, isPrivate: true);
        var known = KnownHosts.FirstOrDefault(root.HasFile)
            ?? throw new TargetException(
                $"the key of {target.Host} isn't known: connect once with ssh, so that it stands in /root/.ssh/known_hosts");
        AddFile(known, "root/.ssh/known_hosts", target, isPrivate: true);
        AddText("etc/passwd", "root:x:0:0:root:/root:/init\n", target);
        AddNames(target);
    }

    // How the C library of the system's programs finds users and servers.
    private void AddNames(TargetAddress target)
    {
        AddText("etc/nsswitch.conf", "passwd: files\nhosts: files\n", target);
        AddIfThere("/lib/x86_64-linux-gnu/libnss_files.so.2", target);
    }

    private void AddPrograms(string program, TargetAddress target)
    {
        if (!root.HasFile(program))
            throw new TargetException($"{target.Shown} needs {program}, which isn't installed");
        foreach (var path in ProgramFiles.Of(root, program))
            if (!files.Any(file => file.Path == path.TrimStart('/')))
                AddFile(path, path.TrimStart('/'), target, isExecutable: true);
    }

    private bool AddIfThere(string path, TargetAddress target)
    {
        if (root.HasFile(path))
            AddFile(path, path.TrimStart('/'), target);
        return root.HasFile(path);
    }

    private void AddFile(string path, string name, TargetAddress target, bool isExecutable = false, bool isPrivate = false)
    {
        var content = File.ReadAllBytes(root.PathOf(path));
        files.Add(new InitramfsFile(
            name, content.Length, target.Shown)
        { Content = content, IsExecutable = isExecutable, IsPrivate = isPrivate });
    }

    private void AddText(string name, string text, TargetAddress target)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        files.Add(new InitramfsFile(name, bytes.Length, target.Shown) { Content = bytes });
    }
}
