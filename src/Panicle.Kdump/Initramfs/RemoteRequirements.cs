using System.Net;
using System.Net.Sockets;
using System.Text;
using Panicle.Kdump.Configuration;
using Panicle.Kdump.Network;
using Panicle.Kdump.Ssh;
using Panicle.Kdump.Targets;

namespace Panicle.Kdump.Initramfs;

/// <summary>
/// What the initramfs needs for a target on another machine: the network's drivers, the server's address, the programs.
/// </summary>
internal sealed class RemoteRequirements(
    SystemRoot root, ModuleTree tree, ModuleSelection selection, List<InitramfsFile> files, EffectiveConfiguration given)
{
    // Where curl looks: Debian and SUSE, RHEL and Fedora, SUSE.
    private static readonly string[] Certificates =
    [
        "/etc/ssl/certs/ca-certificates.crt",
        "/etc/pki/tls/certs/ca-bundle.crt",
        "/etc/ssl/ca-bundle.pem",
    ];

    private static readonly string[] OpenSslFiles =
    [
        "/etc/pki/tls/openssl.cnf", "/etc/pki/tls/fips_local.cnf", "/etc/ssl/openssl.cnf", "/etc/ssl/fipsmodule.cnf",
        "/etc/crypto-policies/back-ends/opensslcnf.config",
    ];

    private (string Cards, CaptureNetwork Network)? _network;

    /// <summary>Adds it, and puts into the configuration what only the running system can find out.</summary>
    public void Add(string key, TargetAddress target, ref EffectiveConfiguration configuration)
    {
        var ssh = target.Kind == TargetKind.Ssh ? SshSettings.Of(root, target) : null;
        if (ssh is not null)
        {
            target = target with { Port = target.Port == 22 ? ssh.Port : target.Port, User = target.User ?? ssh.User };
            configuration = configuration.With(key, target.ToString());
        }
        var name = ssh?.HostName ?? target.Host!;
        var server = AddressOf(name);
        // Keys, certificates and signatures are for the name; the others get the address.
        if (target.Kind is TargetKind.Ssh or TargetKind.Http or TargetKind.Https)
            AddHost(server, name, target);
        else
            configuration = configuration.With(key, (target with { Host = server.ToString() }).ToString());
        AddNetwork(server, target, ref configuration);
        switch (target.Kind)
        {
            case TargetKind.Nfs:
                selection.Add("nfs", target.Shown);
                selection.AddIfThere("nfsv3", target.Shown);
                selection.AddIfThere("nfsv4", target.Shown);
                break;
            case TargetKind.Ssh:
                AddSsh(target, ssh!, configuration);
                break;
            case TargetKind.Https:
                AddPrograms(CurlSink.Program, target);
                AddNames(target);
                if (!Certificates.Any(path => AddIfThere(path, target)))
                    throw new TargetException(
                        $"{target.Shown} needs the certificates of those that vouch for servers, "
                            + $"and they are in none of {string.Join(", ", Certificates)}");
                break;
        }
    }

    private IPAddress AddressOf(string name)
    {
        try
        {
            // A server may have addresses of a kind that this machine has no way to.
            var addresses = HostNames.AddressesOf(root, name);
            return addresses.FirstOrDefault(address => Route.To(root, address) is not null) ?? addresses[0];
        }
        catch (IOException e)
        {
            throw new TargetException($"{e.Message}: set target to its address", e);
        }
    }

    private void AddHost(IPAddress server, string name, TargetAddress target)
    {
        if (server.ToString() != name)
            AppendText(HostNames.Path.TrimStart('/'), $"{server} {name}\n", target, "127.0.0.1 localhost\n");
    }

    private void AddNetwork(IPAddress server, TargetAddress target, ref EffectiveConfiguration configuration)
    {
        var network = CaptureNetwork.To(root, server, given);
        foreach (var name in network.Ports)
            foreach (var module in DeviceDrivers.Of(root, tree, $"/sys/class/net/{name}"))
                selection.Add(module, name);
        if (network.Vlan.Length > 0)
            selection.Add("8021q", "the VLAN");
        if (network.Bond.Length > 0)
            selection.Add("bonding", "the bond");
        if (server.AddressFamily == AddressFamily.InterNetworkV6)
            selection.AddIfThere("ipv6", target.Shown);
        // Names depend on the order of discovery; the hardware's address does not.
        var cards = string.Join(' ', network.Ports.Select(name => InterfaceStack.HardwareAddress(root, name)));
        if (_network is { } first && (first.Cards, first.Network.Bond, first.Network.Vlan) != (cards, network.Bond, network.Vlan))
            throw new TargetException(
                $"{target.Shown} is reached through {string.Join(' ', network.Ports)}, and the target through "
                    + $"{string.Join(' ', first.Network.Ports)}: Panicle sets up one network in the capture kernel; set "
                    + "interface, bond and vlan to one that leads to both, or give another fallback");
        var addresses = NetworkAddress.Entries(
            _network is null ? network.Address : $"{configuration["network"]},{network.Address}");
        _network = (cards, network);
        configuration = configuration.With("interface", cards).With("bond", network.Bond).With("vlan", network.Vlan)
            .With("network", string.Join(", ", addresses.Distinct()));
    }

    private void AddSsh(TargetAddress target, SshSettings settings, EffectiveConfiguration configuration)
    {
        AddPrograms(SshProgram.Path, target);
        SshAccess.Check(root, target, configuration);
        var key = SshAccess.KeyFor(root, settings, configuration);
        PutFile(key, SshProgram.Key.TrimStart('/'), target, isPrivate: true);
        if (root.HasFile($"{key}-cert.pub"))
            PutFile($"{key}-cert.pub", $"{SshProgram.Key.TrimStart('/')}-cert.pub", target, isPrivate: true);
        var known = SshAccess.KnownLines(root, settings, target);
        AppendText("root/.ssh/known_hosts", string.Concat(known.Select(line => $"{line}\n")), target);
        AppendText("etc/ssh/ssh_config", string.Concat(settings.Lines().Select(line => $"{line}\n")), target);
        PutText("etc/passwd", "root:x:0:0:root:/root:/init\n", target);
        AddNames(target);
    }

    // How the C library of the system's programs finds users and servers. Since 2.34 it needs no file for that.
    private void AddNames(TargetAddress target)
    {
        PutText("etc/nsswitch.conf", "passwd: files\nhosts: files\n", target);
    }

    private void AddPrograms(string program, TargetAddress target)
    {
        if (!root.HasFile(program))
            throw new TargetException($"{target.Shown} needs {program}, which isn't installed");
        foreach (var (path, place, _) in ProgramFiles.Of(root, program))
            if (!files.Any(file => file.Path == place.TrimStart('/')))
                PutFile(path, place.TrimStart('/'), target, isExecutable: true);
        AddCertified(target);
    }

    // Where the system wants certified encryption, OpenSSL opens the module that has it, and its configuration says so.
    private void AddCertified(TargetAddress target)
    {
        if (root.ReadLine("/proc/sys/crypto/fips_enabled") != "1")
            return;
        var directories = files.Where(file => Path.GetFileName(file.Path).StartsWith("libcrypto.so.", StringComparison.Ordinal))
            .Select(file => Path.GetDirectoryName(file.Path)).ToList();
        foreach (var directory in directories)
            AddIfThere($"/{directory}/ossl-modules/fips.so", target);
        foreach (var path in OpenSslFiles)
            AddIfThere(path, target);
    }

    private bool AddIfThere(string path, TargetAddress target)
    {
        if (root.HasFile(path))
            PutFile(path, path.TrimStart('/'), target);
        return root.HasFile(path);
    }

    private void PutFile(string path, string name, TargetAddress target, bool isExecutable = false, bool isPrivate = false)
    {
        var content = File.ReadAllBytes(root.Real(path));
        files.RemoveAll(file => file.Path == name);
        files.Add(new InitramfsFile(
            name, content.Length, target.Shown)
        { Content = content, IsExecutable = isExecutable, IsPrivate = isPrivate });
    }

    private void PutText(string name, string text, TargetAddress target)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        files.RemoveAll(file => file.Path == name);
        files.Add(new InitramfsFile(name, bytes.Length, target.Shown) { Content = bytes });
    }

    // Target and fallback may both want lines.
    private void AppendText(string name, string text, TargetAddress target, string start = "")
    {
        var before = files.Find(file => file.Path == name) is { } there ? Encoding.UTF8.GetString(there.Content.Span) : start;
        PutText(name, before.Contains(text, StringComparison.Ordinal) ? before : before + text, target);
    }
}
