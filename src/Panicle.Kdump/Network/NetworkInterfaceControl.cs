using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
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
        var request = Request(name);
        WriteAddress(request.AsSpan(NameBytes), address);
        Call(SetAddressCall, request, $"{name} can't get the address {address}");
        WriteAddress(request.AsSpan(NameBytes), Mask(prefixLength));
        Call(SetMask, request, $"{name} can't get the mask of /{prefixLength}");
    }

    /// <summary>Sends what is for other networks to a gateway.</summary>
    public static void SetGateway(IPAddress gateway)
    {
        // struct rtentry: rt_dst at 8, rt_gateway at 24, rt_genmask at 40, rt_flags at 56.
        var route = new byte[RouteBytes];
        WriteAddress(route.AsSpan(8), IPAddress.Any);
        WriteAddress(route.AsSpan(24), gateway);
        WriteAddress(route.AsSpan(40), IPAddress.Any);
        BinaryPrimitives.WriteInt16LittleEndian(route.AsSpan(56), RouteIsUp | IsGateway);
        Call(AddRouteCall, route, $"there is no route to {gateway}");
    }

    /// <summary>Makes an interface for a VLAN on another one, and returns its name.</summary>
    public static string AddVlan(string name, int number)
    {
        // struct vlan_ioctl_args: cmd (0: ADD_VLAN_CMD), device1 at 4, VID at 28.
        var request = new byte[VlanBytes];
        Encoding.ASCII.GetBytes(name, request.AsSpan(4, 23));
        BinaryPrimitives.WriteInt32LittleEndian(request.AsSpan(28), number);
        Call(SetVlan, request, $"no VLAN {number} can be made on {name}");
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

    private static void Call(nuint call, byte[] argument, string complaint)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        fixed (byte* pointer = argument)
        {
            if (Native.Ioctl(socket.Handle, call, pointer) < 0)
                throw new IOException($"{complaint}: {Native.LastError}");
        }
    }
}
