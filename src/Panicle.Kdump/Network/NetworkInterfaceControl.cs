using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;

namespace Panicle.Kdump.Network;

/// <summary>
/// Sets up network interfaces through the kernel's ioctls (netdevice(7)): there is nothing else in a capture kernel that would.
/// </summary>
internal static unsafe class NetworkInterfaceControl
{
    private const nuint GetFlags = 0x8913; // SIOCGIFFLAGS
    private const nuint SetFlags = 0x8914; // SIOCSIFFLAGS
    private const nuint SetAddressCall = 0x8916; // SIOCSIFADDR
    private const nuint SetMask = 0x891c; // SIOCSIFNETMASK
    private const nuint AddRouteCall = 0x890b; // SIOCADDRT
    private const nuint SetVlan = 0x8983; // SIOCSIFVLAN
    private const int RequestBytes = 40; // struct ifreq
    private const int RouteBytes = 120; // struct rtentry
    private const int VlanBytes = 56; // struct vlan_ioctl_args
    private const int NameBytes = 16; // IFNAMSIZ
    private const short Up = 1; // IFF_UP
    private const short RouteIsUp = 1; // RTF_UP
    private const short IsGateway = 2; // RTF_GATEWAY
    private const short IsHost = 4; // RTF_HOST
    private const nuint EthtoolCall = 0x8946; // SIOCETHTOOL
    private const uint GetPermanentAddress = 0x20; // ETHTOOL_GPERMADDR
    private const int AlreadyThere = Native.AlreadyThere; // After an attempt that came to nothing later.

    /// <summary>Switches an interface on.</summary>
    public static void SwitchOn(string name)
    {
        var request = Request(name);
        Call(GetFlags, request, $"{name} is no interface");
        var flags = BinaryPrimitives.ReadInt16LittleEndian(request.AsSpan(NameBytes));
        BinaryPrimitives.WriteInt16LittleEndian(request.AsSpan(NameBytes), (short)(flags | Up));
        Call(SetFlags, request, $"{name} can't be switched on");
    }

    /// <summary>Gives an interface its address.</summary>
    public static void SetAddress(string name, IPAddress address, int prefixLength)
    {
        if (address.AddressFamily == AddressFamily.InterNetworkV6)
        {
            // struct in6_ifreq: ifr6_addr, ifr6_prefixlen at 16, ifr6_ifindex at 20.
            var request6 = new byte[24];
            address.TryWriteBytes(request6, out _);
            BinaryPrimitives.WriteInt32LittleEndian(request6.AsSpan(16), prefixLength);
            BinaryPrimitives.WriteInt32LittleEndian(request6.AsSpan(20), IndexOf(name));
            Call(SetAddressCall, request6, $"{name} can't get the address {address}", AddressFamily.InterNetworkV6, AlreadyThere);
            return;
        }
        var request = Request(name);
        WriteAddress(request.AsSpan(NameBytes), address);
        Call(SetAddressCall, request, $"{name} can't get the address {address}");
        WriteAddress(request.AsSpan(NameBytes), Mask(prefixLength));
        Call(SetMask, request, $"{name} can't get the mask of /{prefixLength}");
    }

    /// <summary>Sends what is for other networks through an interface to a gateway.</summary>
    public static void SetGateway(string name, IPAddress gateway)
    {
        // Some clouds give a machine no neighbours, not even the gateway: it must be said that it is on the link.
        if (gateway.AddressFamily == AddressFamily.InterNetworkV6)
        {
            if (!gateway.IsIPv6LinkLocal)
                AddRoute6(name, gateway, 128, null);
            AddRoute6(name, IPAddress.IPv6Any, 0, gateway);
            return;
        }
        AddRoute(name, gateway, IPAddress.Broadcast, null);
        AddRoute(name, IPAddress.Any, IPAddress.Any, gateway);
    }

    /// <summary>The address that a card has of itself; null if it doesn't say.</summary>
    public static string? PermanentAddress(string name)
    {
        // struct ethtool_perm_addr: cmd, size, data.
        var answer = new byte[40];
        BinaryPrimitives.WriteUInt32LittleEndian(answer, GetPermanentAddress);
        BinaryPrimitives.WriteUInt32LittleEndian(answer.AsSpan(4), 32);
        try
        {
            fixed (byte* pointer = answer)
            {
                var request = Request(name);
                BinaryPrimitives.WriteInt64LittleEndian(request.AsSpan(NameBytes), (long)pointer);
                Call(EthtoolCall, request, name);
            }
        }
        catch (IOException)
        {
            return null;
        }
        return BinaryPrimitives.ReadUInt32LittleEndian(answer.AsSpan(4)) == 6
            ? string.Join(':', answer[8..14].Select(part => part.ToString("x2")))
            : null;
    }

    private static void AddRoute(string name, IPAddress destination, IPAddress mask, IPAddress? gateway)
    {
        // struct rtentry: rt_dst at 8, rt_gateway at 24, rt_genmask at 40, rt_flags at 56, rt_dev at 88.
        var route = new byte[RouteBytes];
        WriteAddress(route.AsSpan(8), destination);
        WriteAddress(route.AsSpan(40), mask);
        if (gateway is not null)
            WriteAddress(route.AsSpan(24), gateway);
        BinaryPrimitives.WriteInt16LittleEndian(route.AsSpan(56), (short)(RouteIsUp | (gateway is null ? IsHost : IsGateway)));
        fixed (byte* device = Encoding.ASCII.GetBytes($"{name}\0"))
        {
            BinaryPrimitives.WriteInt64LittleEndian(route.AsSpan(88), (long)device);
            Call(AddRouteCall, route, $"there is no route to {gateway ?? destination}", AddressFamily.InterNetwork, AlreadyThere);
        }
    }

    private static void AddRoute6(string name, IPAddress destination, int prefixLength, IPAddress? gateway)
    {
        // struct in6_rtmsg: dst, src at 16, gateway at 32, type at 48, dst_len at 52 (16 bits), src_len, metric at 56, info
        // at 64, flags at 72, ifindex at 76.
        var route = new byte[80];
        destination.TryWriteBytes(route, out _);
        gateway?.TryWriteBytes(route.AsSpan(32), out _);
        BinaryPrimitives.WriteInt16LittleEndian(route.AsSpan(52), (short)prefixLength);
        BinaryPrimitives.WriteInt32LittleEndian(route.AsSpan(56), 1);
        BinaryPrimitives.WriteInt32LittleEndian(route.AsSpan(72), RouteIsUp | (gateway is null ? IsHost : IsGateway));
        BinaryPrimitives.WriteInt32LittleEndian(route.AsSpan(76), IndexOf(name));
        Call(AddRouteCall, route, $"there is no route to {gateway ?? destination}", AddressFamily.InterNetworkV6, AlreadyThere);
    }

    private static int IndexOf(string name) => (int)(SystemRoot.Live.ReadNumber($"/sys/class/net/{name}/ifindex") ?? 0);

    /// <summary>Makes an interface for a VLAN on another one, and returns its name.</summary>
    public static string AddVlan(string name, int number)
    {
        // struct vlan_ioctl_args: cmd (0: ADD_VLAN_CMD), device1 at 4, VID at 28.
        var request = new byte[VlanBytes];
        Encoding.ASCII.GetBytes(name, request.AsSpan(4, 23));
        BinaryPrimitives.WriteInt32LittleEndian(request.AsSpan(28), number);
        Call(SetVlan, request, $"no VLAN {number} can be made on {name}", AddressFamily.InterNetwork, AlreadyThere);
        return $"{name}.{number}";
    }

    /// <summary>The length of the prefix that a mask stands for.</summary>
    public static int PrefixLength(IPAddress mask) =>
        int.CreateChecked(uint.PopCount(BinaryPrimitives.ReadUInt32BigEndian(mask.GetAddressBytes())));

    private static IPAddress Mask(int prefixLength)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, prefixLength == 0 ? 0 : uint.MaxValue << (32 - prefixLength));
        return new IPAddress(bytes);
    }

    private static byte[] Request(string name)
    {
        var request = new byte[RequestBytes];
        Encoding.ASCII.GetBytes(name.Length < NameBytes ? name : name[..(NameBytes - 1)], request);
        return request;
    }

    // struct sockaddr_in: the family, the port, the address.
    private static void WriteAddress(Span<byte> target, IPAddress address)
    {
        BinaryPrimitives.WriteInt16LittleEndian(target, (short)AddressFamily.InterNetwork);
        address.TryWriteBytes(target[4..], out _);
    }

    private static void Call(
        nuint call, byte[] argument, string complaint, AddressFamily family = AddressFamily.InterNetwork, int fine = 0)
    {
        using var socket = new Socket(family, SocketType.Dgram, ProtocolType.Udp);
        fixed (byte* pointer = argument)
        {
            if (Native.Ioctl(socket.Handle, call, pointer) < 0 && Marshal.GetLastPInvokeError() is var error && error != fine)
                throw new IOException($"{complaint}: {Marshal.GetPInvokeErrorMessage(error)}");
        }
    }
}
