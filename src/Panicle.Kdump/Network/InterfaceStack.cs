using Panicle.Kdump.Targets;

namespace Panicle.Kdump.Network;

/// <summary>
/// What an interface of the running system is made of, as far down as the hardware: a VLAN, a bond, a bridge or a team, one on
/// the other. A capture kernel gets the cards, the bond and the VLANs. A bridge isn't made again: the machines behind it are
/// gone, and its one card leads to the same network.
/// </summary>
/// <param name="Ports">The interfaces that are hardware: one, or a bond's.</param>
/// <param name="Bond">The bond over them, as the setting <c>bond</c> spells it; "" for none.</param>
/// <param name="Vlans">The VLANs' numbers, the outermost tag first.</param>
internal sealed record InterfaceStack(IReadOnlyList<string> Ports, string Bond, IReadOnlyList<int> Vlans)
{
    private const string Class = "/sys/class/net";
    private const string Instead = "set interface (and vlan, bond and network) to what leads there";
    private const int MostDepth = 8;

    // What of a bond says how it works with the switch. Files of /sys/class/net/BOND/bonding; values may be "NAME NUMBER".
    private static readonly string[] BondOptions = ["miimon", "lacp_rate", "ad_select", "xmit_hash_policy", "fail_over_mac"];

    /// <exception cref="TargetException">
    /// There is no such interface, or something in it can't be made in a capture kernel.
    /// </exception>
    public static InterfaceStack Of(SystemRoot root, string name)
    {
        var vlans = new List<int>();
        for (var depth = 0; depth < MostDepth; depth++)
        {
            if (!root.HasDirectory($"{Class}/{name}"))
                throw new TargetException($"there is no network interface {name}");
            if (root.HasDirectory($"{Class}/{name}/bonding"))
                return new InterfaceStack(Cards(root, name, Slaves(root, name)), BondOf(root, name), vlans);
            if (VlanOf(root, name) is { } vlan)
            {
                vlans.Insert(0, vlan.Number);
                name = vlan.Below;
            }
            else if (root.HasDirectory($"{Class}/{name}/bridge"))
                name = PortOf(root, name);
            else if (Lower(root, name) is { Count: > 0 } lower)
                return lower.All(port => Path.GetFileName(root.Resolve($"{Class}/{port}/master")) == name) && !IsOther(root, name)
                    ? new InterfaceStack(Cards(root, name, lower), TeamOf(root, name), vlans)
                    : throw NotMade(root, name);
            else if (root.Resolve($"{Class}/{name}").StartsWith("/sys/devices/virtual/", StringComparison.Ordinal))
                throw NotMade(root, name);
            else
                return new InterfaceStack([name], "", vlans);
        }
        throw new TargetException($"{name} lies under more than {MostDepth} other interfaces: {Instead}");
    }

    /// <summary>The interface that is called so or has this hardware address; null for none.</summary>
    public static string? Find(SystemRoot root, string given) =>
        root.HasDirectory($"{Class}/{given}") ? given : root.DirectoriesIn(Class).Select(path => Path.GetFileName(path)!)
            .Where(name => given.Equals(HardwareAddress(root, name), StringComparison.OrdinalIgnoreCase))
            .OrderBy(name => root.HasDirectory($"{Class}/{name}/device") ? 0 : 1).FirstOrDefault();

    /// <summary>
    /// The address that a card has before anybody gives it another one, as a bond does: by that the capture kernel finds it.
    /// </summary>
    public static string HardwareAddress(SystemRoot root, string name)
    {
        var own = root.ReadLine($"{Class}/{name}/bonding_slave/perm_hwaddr");
        if (own.Length == 0 && root.IsLive)
            own = NetworkInterfaceControl.PermanentAddress(name) ?? "";
        return own.Trim('0', ':').Length > 0 ? own : root.ReadLine($"{Class}/{name}/address");
    }

    private static List<string> Slaves(SystemRoot root, string bond) =>
        [.. root.ReadLine($"{Class}/{bond}/bonding/slaves").Split(' ', StringSplitOptions.RemoveEmptyEntries)];

    // The bond's address is that of the card that came first.
    private static List<string> Cards(SystemRoot root, string over, List<string> names)
    {
        if (names.Count == 0)
            throw new TargetException($"{over} has no interfaces in it now: {Instead}");
        foreach (var name in names)
            if (root.HasDirectory($"{Class}/{name}/bonding") || VlanOf(root, name) is not null
                || root.HasDirectory($"{Class}/{name}/bridge") || Lower(root, name).Count > 0)
                throw new TargetException($"{over} is made of {name}, which is no card itself: {Instead}");
        var address = root.ReadLine($"{Class}/{over}/address");
        return [.. names.OrderBy(name =>
            HardwareAddress(root, name).Equals(address, StringComparison.OrdinalIgnoreCase) ? 0 : 1)];
    }

    private static string BondOf(SystemRoot root, string name)
    {
        string Read(string option) => root.ReadLine($"{Class}/{name}/bonding/{option}").Split(' ')[0];
        var mode = Read("mode");
        var options = BondOptions.Where(option => Means(option, mode)).Select(option => (Name: option, Value: Read(option)))
            .Where(option => option.Value.Length > 0)
            // Without it a bond takes every card for one that works; arp_ip_target isn't carried over.
            .Select(option => option is ("miimon", "0") ? "miimon=100" : $"{option.Name}={option.Value}");
        return $"{mode} {string.Join(' ', options)}".TrimEnd();
    }

    // The kernel refuses what isn't for the mode.
    private static bool Means(string option, string mode) => option switch
    {
        "lacp_rate" or "ad_select" => mode == "802.3ad",
        "xmit_hash_policy" => mode is "802.3ad" or "balance-xor" or "balance-tlb",
        "fail_over_mac" => mode == "active-backup",
        _ => true,
    };

    private static (int Number, string Below)? VlanOf(SystemRoot root, string name)
    {
        // "eth0.42  VID: 42  REORDER_HDR: 1 …" and "Device: eth0".
        int? number = null;
        string? below = null;
        foreach (var line in root.ReadLines($"/proc/net/vlan/{name}"))
        {
            var words = line.Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
            if (words is [_, "VID:", var vid, ..] && int.TryParse(vid, out var parsed))
                number = parsed;
            else if (words is ["Device:", var device])
                below = device;
        }
        if (number is null && IsType(root, name, "vlan"))
            throw new TargetException(
                $"{name} is a VLAN, and /proc/net/vlan/{name}, which only root may read, doesn't tell its number");
        below ??= Lower(root, name).FirstOrDefault();
        return number is { } known && below is not null ? (known, below) : null;
    }

    // Of a bridge the port that leads out of this machine; the others are virtual machines and containers.
    private static string PortOf(SystemRoot root, string bridge)
    {
        var ports = root.DirectoriesIn($"{Class}/{bridge}/brif").Select(path => Path.GetFileName(path)!)
            .Where(port => !root.Resolve($"{Class}/{port}").StartsWith("/sys/devices/virtual/", StringComparison.Ordinal)
                || root.HasDirectory($"{Class}/{port}/bonding") || Lower(root, port).Count > 0
                || VlanOf(root, port) is not null)
            .ToList();
        return ports switch
        {
            [var only] => only,
            [] => throw new TargetException($"the bridge {bridge} has no port that leads out of this machine: {Instead}"),
            _ => throw new TargetException(
                $"the bridge {bridge} leads out of this machine through {string.Join(" and ", ports)}: "
                    + "set interface to one of them"),
        };
    }

    private static string TeamOf(SystemRoot root, string name) => TeamRunner.Of(root, name) switch
    {
        "activebackup" => "active-backup miimon=100",
        "lacp" => "802.3ad miimon=100",
        "roundrobin" => "balance-rr miimon=100",
        "loadbalance" => "balance-xor miimon=100",
        "broadcast" => "broadcast miimon=100",
        "random" => "balance-rr miimon=100",
        var other => throw new TargetException(
            $"{name} is a team, and {(other is null ? "nothing tells its runner" : $"Panicle doesn't know its runner {other}")}: "
                + $"set bond to the mode of a bond that works with the same switch, and interface to its ports"),
    };

    private static List<string> Lower(SystemRoot root, string name) =>
        [.. root.DirectoriesIn($"{Class}/{name}").Select(path => Path.GetFileName(path)!)
            .Where(entry => entry.StartsWith("lower_", StringComparison.Ordinal)).Select(entry => entry["lower_".Length..])];

    private static bool IsType(SystemRoot root, string name, string type) =>
        root.ReadLines($"{Class}/{name}/uevent").Contains($"DEVTYPE={type}");

    private static bool IsOther(SystemRoot root, string name) =>
        name.StartsWith("ovs-", StringComparison.Ordinal) || IsType(root, name, "vrf") || IsType(root, name, "hsr");

    private static TargetException NotMade(SystemRoot root, string name)
    {
        const string Type = "DEVTYPE=";
        var type = root.ReadLines($"{Class}/{name}/uevent")
            .FirstOrDefault(line => line.StartsWith(Type, StringComparison.Ordinal));
        var kind = type is null ? "" : $" ({type[Type.Length..]})";
        return new TargetException(
            $"{name} is a virtual interface{kind}, which Panicle can't set up in the capture kernel: {Instead}");
    }
}
