using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using Panicle.Kdump.Capture;
using Panicle.Kdump.Configuration;

namespace Panicle.Kdump.Network;

/// <summary>
/// Brings the network up in a capture kernel, as the configuration says: bond, VLAN, then DHCP or a fixed address.
/// </summary>
internal sealed class NetworkSetup(EffectiveConfiguration configuration, CaptureLog log)
{
    private const string Class = "/sys/class/net";
    private const string Bond = "bond0";
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private readonly TimeSpan _timeout = TimeSpan.FromSeconds(configuration.Number("timeout") ?? 60);
    private bool _isUp;

    /// <summary>Does it, the first time it is asked.</summary>
    /// <exception cref="IOException">It doesn't come up.</exception>
    public void BringUp()
    {
        if (_isUp)
            return;
        NetworkInterfaceControl.SwitchOn("lo");
        var wanted = configuration["interface"].Split((char[])[' ', ','], StringSplitOptions.RemoveEmptyEntries);
        if (wanted.Length == 0)
            throw new IOException("the configuration in the initramfs names no network interface");
        var bond = configuration["bond"].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var name = bond.Length > 0 ? MakeBond(bond, wanted) : WaitFor(wanted[0]);
        SwitchOn(name);
        foreach (var number in configuration["vlan"].Split(' ', StringSplitOptions.RemoveEmptyEntries))
            SwitchOn(name = NetworkInterfaceControl.AddVlan(name, int.Parse(number, CultureInfo.InvariantCulture)));
        WaitForCarrier(name);
        SetAddresses(name);
        _isUp = true;
    }

    // Target and fallback may want one address each: one that can't be had is no reason to do without the other.
    private void SetAddresses(string name)
    {
        IOException? first = null;
        var found = 0;
        foreach (var entry in NetworkAddress.Entries(configuration["network"]))
        {
            try
            {
                log.Say($"{name} is {SetAddress(name, entry)}");
                found++;
            }
            catch (IOException e)
            {
                log.Say(e.Message);
                first ??= e;
            }
        }
        if (found == 0)
            throw first ?? new IOException("the configuration in the initramfs says nothing of an address");
    }

    private NetworkAddress SetAddress(string name, string entry)
    {
        if (entry == NetworkAddress.Auto)
            return WaitForAdvertisement(name);
        var address = NetworkAddress.TryParse(entry, out var given)
            ? given
            : new DhcpClient(name, HardwareAddress(name)).Ask(_timeout);
        NetworkInterfaceControl.SetAddress(name, address.Address, address.PrefixLength);
        if (address.Gateway is not null)
            NetworkInterfaceControl.SetGateway(name, address.Gateway);
        return address;
    }

    // The kernel does all of it (RFC 4862): asks the routers, makes an address, sets the route.
    private NetworkAddress WaitForAdvertisement(string name)
    {
        InterfaceAddress? found = null;
        WaitUntil(() => (found = InterfaceAddress.Of(SystemRoot.Live, name, AddressFamily.InterNetworkV6)
            .FirstOrDefault(address => address.IsReady)) is null ? null : name, $"no router told {name} its IPv6 network");
        return new NetworkAddress(found!.Address, found.PrefixLength, null);
    }

    // Nobody else has this machine's addresses; making sure of it takes a second in which none can be used (RFC 4862, 5.4).
    private static void SwitchOn(string name)
    {
        foreach (var (file, value) in new[] { ("accept_dad", "0"), ("accept_ra", "1"), ("autoconf", "1"), ("disable_ipv6", "0") })
        {
            var path = $"/proc/sys/net/ipv6/conf/{name}/{file}";
            if (File.Exists(path))
                File.WriteAllText(path, value);
        }
        NetworkInterfaceControl.SwitchOn(name);
    }

    // Where two have the same address, one is made of the other.
    private string WaitFor(string wanted) => WaitUntil(() => Find(wanted), $"there is no network interface {wanted}");

    private static string? Find(string wanted) => SystemRoot.Live.DirectoriesIn(Class).Select(path => Path.GetFileName(path)!)
        .Where(name => name == wanted || SystemRoot.Live.ReadLine($"{Class}/{name}/address") == wanted
            || SystemRoot.Live.ReadLine($"{Class}/{name}/bonding_slave/perm_hwaddr") == wanted)
        .OrderBy(name => SystemRoot.Live.HasDirectory($"{Class}/{name}/device") ? 0 : 1)
        .ThenBy(name => SystemRoot.Live.HasDirectory($"{Class}/{name}/master") ? 1 : 0).FirstOrDefault();

    private void WaitForCarrier(string name) =>
        WaitUntil(() => SystemRoot.Live.ReadLine($"{Class}/{name}/carrier") == "1" ? name : null, $"{name} has no link");

    // Documentation/networking/bonding.rst, "Configuring Bonding Manually via Sysfs". Loading the module makes bond0.
    // A bond works with one of its cards: the others may be what broke.
    private string MakeBond(string[] bond, string[] wanted)
    {
        var options = $"{Class}/{Bond}/bonding";
        WaitUntil(() => Directory.Exists(options) ? Bond : null, "the bonding module made no bond0");
        WaitUntil(() => wanted.Select(Find).FirstOrDefault(name => name is not null),
            $"there is none of the network interfaces {string.Join(' ', wanted)}");
        var start = Stopwatch.GetTimestamp();
        while (wanted.Any(port => Find(port) is null) && Stopwatch.GetElapsedTime(start) < _timeout / 6)
            Thread.Sleep(Pause);
        if (SystemRoot.Live.ReadLine($"{options}/slaves").Length == 0)
        {
            File.WriteAllText($"{options}/mode", bond[0]);
            foreach (var option in bond.Skip(1))
                SetOption(options, option);
        }
        foreach (var port in wanted)
        {
            if (Find(port) is not { } name)
                log.Say($"there is no network interface {port}: {Bond} goes on without it");
            else if (!SystemRoot.Live.HasDirectory($"{Class}/{name}/master"))
                AddPort(options, name);
        }
        return Bond;
    }

    private void AddPort(string options, string name)
    {
        try
        {
            File.WriteAllText($"{options}/slaves", $"+{name}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            log.Say($"{Bond} goes on without {name}: {e.Message}");
        }
    }

    private void SetOption(string options, string option)
    {
        var words = option.Split('=', 2);
        try
        {
            File.WriteAllText($"{options}/{words[0]}", words[^1]);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            log.Say($"{Bond} doesn't take {option}: {e.Message}");
        }
    }

    private string WaitUntil(Func<string?> find, string complaint)
    {
        var start = Stopwatch.GetTimestamp();
        while (true)
        {
            if (find() is { } found)
                return found;
            if (Stopwatch.GetElapsedTime(start) > _timeout)
                throw new IOException($"{complaint} after {_timeout.TotalSeconds:F0} s");
            Thread.Sleep(Pause);
        }
    }

    private static byte[] HardwareAddress(string name) =>
        Convert.FromHexString(SystemRoot.Live.ReadLine($"{Class}/{name}/address").Replace(":", "", StringComparison.Ordinal));
}
