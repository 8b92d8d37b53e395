using System.Diagnostics;
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
        var names = configuration["interface"].Split((char[])[' ', ','], StringSplitOptions.RemoveEmptyEntries)
            .Select(WaitFor).ToList();
        if (names.Count == 0)
            throw new IOException("the configuration in the initramfs names no network interface");
        var name = configuration["bond"] is { Length: > 0 } mode ? MakeBond(mode, names) : names[0];
        NetworkInterfaceControl.SwitchOn(name);
        if (configuration.Number("vlan") is { } vlan)
            NetworkInterfaceControl.SwitchOn(name = NetworkInterfaceControl.AddVlan(name, vlan));
        WaitForCarrier(name);
        SetAddress(name);
        _isUp = true;
    }

    private void SetAddress(string name)
    {
        var address = NetworkAddress.TryParse(configuration["network"], out var given)
            ? given
            : new DhcpClient(name, HardwareAddress(name)).Ask(_timeout);
        NetworkInterfaceControl.SetAddress(name, address.Address, address.PrefixLength);
        if (address.Gateway is not null)
            NetworkInterfaceControl.SetGateway(address.Gateway);
        log.Say($"{name} is {address}");
    }

    private string WaitFor(string wanted) => WaitUntil(
        () => SystemRoot.Live.DirectoriesIn(Class).Select(path => Path.GetFileName(path)!)
            .FirstOrDefault(name => name == wanted || SystemRoot.Live.ReadLine($"{Class}/{name}/address") == wanted),
        $"there is no network interface {wanted}");

    private void WaitForCarrier(string name) =>
        WaitUntil(() => SystemRoot.Live.ReadLine($"{Class}/{name}/carrier") == "1" ? name : null, $"{name} has no link");

    // Documentation/networking/bonding.rst, "Configuring Bonding Manually via Sysfs". Loading the module makes bond0.
    private string MakeBond(string mode, List<string> names)
    {
        var options = $"{Class}/{Bond}/bonding";
        WaitUntil(() => Directory.Exists(options) ? Bond : null, "the bonding module made no bond0");
        File.WriteAllText($"{options}/mode", mode);
        foreach (var name in names)
            File.WriteAllText($"{options}/slaves", $"+{name}");
        return Bond;
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
