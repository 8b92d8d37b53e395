using System.Net;
using Panicle.Kdump.Configuration;
using Panicle.Kdump.Network;
using Panicle.Kdump.Targets;

namespace Panicle.Kdump.Tests;

/// <summary>How the capture kernel gets to a server, told from how the running system does.</summary>
public sealed class CaptureNetworkTests : IDisposable
{
    private const string Class = "/sys/class/net";
    private readonly FixtureTree _tree = new();

    public void Dispose() => _tree.Dispose();

    [Fact]
    public void Of_two_default_routes_the_one_with_the_lesser_metric_counts_and_a_longer_prefix_before_both()
    {
        Routes("eth0 00000000 0100000A 0003 0 0 600 00000000", "eth1 00000000 0101000A 0003 0 0 100 00000000",
            "eth2 0002000A 00000000 0001 0 0 900 00FFFFFF");
        Cards("eth0", "eth1", "eth2");
        Assert.Equal(["eth1"], To("192.0.2.1").Ports);
        Assert.Equal(["eth2"], To("10.0.2.9").Ports);
        Assert.Equal("10.0.1.1", Route.To(_tree.Root, IPAddress.Parse("192.0.2.1"))!.Gateway!.ToString());
    }

    [Fact]
    public void An_IPv6_server_is_reached_by_the_IPv6_route_and_a_fixed_address_stays()
    {
        Routes("eth0 00000000 0100000A 0003 0 0 100 00000000");
        Routes6("20010db8000000000000000000000000 40 eth1 0",
            "00000000000000000000000000000000 00 eth0 fe800000000000000000000000000001",
            "00000000000000000000000000000001 80 lo 0");
        Cards("eth0", "eth1");
        _tree.With("/proc/net/if_inet6", """
            20010db800000000505400fffe000007 03 40 00 00     eth1
            20010db8000000000000000000000007 03 40 00 80     eth1
            fe80000000000000505400fffe000007 03 40 20 80     eth1
            fd000000000000000000000000000099 02 40 00 01     eth0
            fd000000000000000000000000000002 02 40 00 00     eth0
            """);
        var near = To("2001:db8::5");
        Assert.Equal(["eth1"], near.Ports);
        Assert.Equal("2001:db8::7/64", near.Address);
        var far = To("2001:4860::1");
        Assert.Equal(["eth0"], far.Ports);
        Assert.Equal("auto", far.Address);
    }

    [Fact]
    public void An_address_of_DHCPv6_is_kept_with_its_way_out()
    {
        Routes6("00000000000000000000000000000000 00 eth0 fe800000000000000000000000000001");
        Cards("eth0");
        _tree.With("/proc/net/if_inet6", "20010db8000000000000000000000007 03 80 00 00     eth0\n");
        Assert.Equal("2001:db8::7/128 via fe80::1", To("2001:4860::1").Address);
    }

    [Fact]
    public void What_was_set_for_IPv4_does_not_hold_for_an_IPv6_server()
    {
        Routes6("00000000000000000000000000000000 00 eth0 fe800000000000000000000000000001");
        Cards("eth0");
        Assert.Equal("auto", To("2001:4860::1", "network = dhcp\n").Address);
        Assert.Equal("fd00::7/64", To("2001:4860::1", "network = fd00::7/64\n").Address);
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("::1")]
    [InlineData("2001:db8::7")]
    public void This_machine_itself_is_no_server(string address)
    {
        Routes6("20010db8000000000000000000000007 80 lo 0");
        Assert.Contains("this machine itself", Refused(address), StringComparison.Ordinal);
    }

    [Fact]
    public void An_address_of_one_link_is_refused_and_so_is_one_without_a_route()
    {
        Assert.Contains("one link only", Refused("fe80::5"), StringComparison.Ordinal);
        Routes6("00000000000000000000000000000000 00 lo 0 00200200");
        Assert.Contains("there is no route", Refused("2001:db8::5"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_bridge_over_a_VLAN_over_a_bond_becomes_the_bond_and_the_VLAN()
    {
        Routes("br0 00000000 0100000A 0003 0 0 0 00000000");
        Cards("eth0", "eth1");
        Bond("bond0", "802.3ad 4", "eth0", "eth1");
        Vlan("bond0.42", 42, "bond0");
        _tree.With($"{Class}/br0/bridge/bridge_id", "").With($"{Class}/br0/brif/vnet0/x", "")
            .With($"{Class}/br0/brif/bond0.42/x", "")
            .With("/sys/devices/virtual/net/vnet0/address", "").WithLink($"{Class}/vnet0", "../../devices/virtual/net/vnet0");
        var network = To("192.0.2.1");
        Assert.Equal(["eth1", "eth0"], network.Ports); // the bond has eth1's address
        Assert.Equal("802.3ad miimon=100 lacp_rate=fast xmit_hash_policy=layer3+4", network.Bond);
        Assert.Equal("42", network.Vlan);
    }

    [Fact]
    public void A_VLAN_in_a_VLAN_has_two_numbers_and_settings_go_before_what_is_found()
    {
        Routes("inner 00000000 0100000A 0003 0 0 0 00000000");
        Cards("eth0");
        Vlan("outer", 100, "eth0");
        Vlan("inner", 7, "outer");
        Assert.Equal("100 7", To("192.0.2.1").Vlan);
        Assert.Equal("9", To("192.0.2.1", "vlan = 9\n").Vlan);
    }

    [Theory]
    [InlineData("/etc/teamd/team0.conf", """{"device": "team0", "runner": {"name": "activebackup", "tx_hash": []}}""")]
    [InlineData("/etc/NetworkManager/system-connections/t.nmconnection",
        "[connection]\ninterface-name=team0\n[team]\nconfig={\\\"runner\\\": {\\\"name\\\": \\\"activebackup\\\"}}\n")]
    public void A_team_becomes_a_bond_that_works_with_the_same_switch(string path, string configuration)
    {
        Team();
        _tree.With(path, configuration);
        Assert.Equal("active-backup miimon=100", To("192.0.2.1").Bond);
    }

    [Fact]
    public void A_team_that_nothing_is_known_of_is_refused()
    {
        Team();
        Assert.Contains("nothing tells its runner", Refused("192.0.2.1"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_bridge_with_two_ways_out_and_a_tunnel_are_refused()
    {
        Routes("br0 00000000 0100000A 0003 0 0 0 00000000", "wg0 0002000A 00000000 0001 0 0 0 00FFFFFF");
        Cards("eth0", "eth1");
        _tree.With($"{Class}/br0/bridge/bridge_id", "").With($"{Class}/br0/brif/eth0/x", "").With($"{Class}/br0/brif/eth1/x", "")
            .With("/sys/devices/virtual/net/wg0/uevent", "DEVTYPE=wireguard\n")
            .WithLink($"{Class}/wg0", "../../devices/virtual/net/wg0");
        Assert.Contains("through eth0 and eth1: set interface", Refused("192.0.2.1"), StringComparison.Ordinal);
        Assert.Contains("wg0 is a virtual interface (wireguard)", Refused("10.0.2.1"), StringComparison.Ordinal);
        Assert.Equal(["eth1"], To("192.0.2.1", "interface = 52:54:00:00:00:01\n").Ports);
    }

    [Fact]
    public void A_card_in_a_bond_is_known_by_its_own_address()
    {
        Cards("eth0", "eth1");
        Bond("bond0", "active-backup 1", "eth0", "eth1");
        Assert.Equal("52:54:00:00:00:00", InterfaceStack.HardwareAddress(_tree.Root, "eth0"));
        Assert.Equal("52:54:00:00:00:01", InterfaceStack.HardwareAddress(_tree.Root, "eth1"));
    }

    [Theory]
    [InlineData("network", "dhcp, auto", true)]
    [InlineData("network", "10.0.0.7/24 via 10.0.0.1, fd00::7/64 via fe80::1", true)]
    [InlineData("network", "slaac", false)]
    [InlineData("vlan", "100 7", true)]
    [InlineData("vlan", "100 5000", false)]
    [InlineData("bond", "802.3ad lacp_rate=fast", true)]
    [InlineData("bond", "802.3ad ../../x=fast", false)]
    public void Settings_of_the_network_are_checked(string key, string value, bool isGood) =>
        Assert.Equal(isGood, SettingKey.Find(key)!.Check(value) is null);

    private CaptureNetwork To(string address, string configuration = "") =>
        CaptureNetwork.To(_tree.Root, IPAddress.Parse(address), EffectiveConfiguration.Parse("/etc/panicle.conf", configuration));

    private string Refused(string address) => Assert.Throws<TargetException>(() => To(address)).Message;

    private void Routes(params string[] lines) => _tree.With("/proc/net/route",
        "Iface\tDestination\tGateway\n" + string.Concat(lines.Select(line => $"{line.Replace(' ', '\t')}\t0\t0\t0\n")));

    private void Routes6(params string[] lines)
    {
        var text = "";
        foreach (var line in lines)
        {
            var words = line.Split(' ');
            var gateway = words[3] == "0" ? new string('0', 32) : words[3];
            var flags = words.Length > 4 ? words[4] : words[3] == "0" ? "00000001" : "00000003";
            text += $"{words[0]} {words[1]} {new string('0', 32)} 00 {gateway} "
                + $"00000400 00000001 00000000 {flags}     {words[2]}\n";
        }
        _tree.With("/proc/net/ipv6_route", text);
    }

    private void Cards(params string[] names)
    {
        foreach (var name in names)
            _tree.With($"{Class}/{name}/device/x", "").With($"{Class}/{name}/address", $"52:54:00:00:00:0{name[^1]}\n");
    }

    private void Bond(string name, string mode, params string[] slaves)
    {
        _tree.With($"{Class}/{name}/bonding/mode", $"{mode}\n").With($"{Class}/{name}/bonding/miimon", "0\n")
            .With($"{Class}/{name}/bonding/lacp_rate", "fast 1\n")
            .With($"{Class}/{name}/bonding/xmit_hash_policy", "layer3+4 1\n")
            .With($"{Class}/{name}/bonding/slaves", $"{string.Join(' ', slaves)}\n")
            .With($"{Class}/{name}/address", "52:54:00:00:00:01\n");
        foreach (var slave in slaves)
            _tree.With($"{Class}/{slave}/bonding_slave/perm_hwaddr", $"52:54:00:00:00:0{slave[^1]}\n")
                .With($"{Class}/{slave}/address", "52:54:00:00:00:01\n");
    }

    private void Vlan(string name, int number, string below) => _tree.With($"{Class}/{name}/uevent", "DEVTYPE=vlan\n").With(
        $"/proc/net/vlan/{name}", $"{name}  VID: {number}\t REORDER_HDR: 1  dev->priv_flags: 1021\nDevice: {below}\n");

    private void Team()
    {
        Routes("team0 00000000 0100000A 0003 0 0 0 00000000");
        Cards("eth0", "eth1");
        foreach (var port in new[] { "eth0", "eth1" })
            _tree.With($"{Class}/team0/lower_{port}/x", "").WithLink($"{Class}/{port}/master", "../team0");
    }
}
