using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Panicle.Kdump.Network;

/// <summary>An address that an interface of the running system has.</summary>
/// <param name="Address">The address.</param>
/// <param name="PrefixLength">How many of its bits are the network's.</param>
/// <param name="Flags">IFA_F_… of rtnetlink(7).</param>
internal sealed unsafe record InterfaceAddress(IPAddress Address, int PrefixLength, uint Flags)
{
    private const uint Temporary = 1; // IFA_F_TEMPORARY; for IPv4 the same bit says that there is another one in the same network
    private const uint Deprecated = 0x20; // IFA_F_DEPRECATED
    private const uint Tentative = 0x40; // IFA_F_TENTATIVE
    private const uint Permanent = 0x80; // IFA_F_PERMANENT

    private const int NetlinkFamily = 16; // AF_NETLINK
    private const int RawSocket = 3; // SOCK_RAW
    private const ushort GetAddresses = 22; // RTM_GETADDR
    private const ushort NewAddress = 20; // RTM_NEWADDR

    private const ushort DumpRequest = 0x301; // NLM_F_REQUEST | NLM_F_DUMP
    private const ushort AddressAttribute = 1; // IFA_ADDRESS
    private const ushort LocalAttribute = 2; // IFA_LOCAL
    private const ushort FlagsAttribute = 8; // IFA_FLAGS
    private const int HeaderBytes = 16; // struct nlmsghdr
    private const int MessageBytes = 8; // struct ifaddrmsg

    /// <summary>Whether somebody gave it for good: what DHCP and router advertisements give has an end.</summary>
    public bool IsPermanent => (Flags & Permanent) != 0;

    /// <summary>Whether it can be used by now.</summary>
    public bool IsReady => (Flags & Tentative) == 0;

    /// <summary>The addresses of an interface that are more than the link's, those to be preferred first.</summary>
    public static IReadOnlyList<InterfaceAddress> Of(SystemRoot root, string name, AddressFamily family) =>
        [.. (family == AddressFamily.InterNetworkV6 ? V6(root, name) : V4(root, name)).OrderBy(address =>
            address.Flags & (Temporary | Deprecated))];

    // Address, number of the interface, prefix, scope, flags, interface: all in hex. Scope 20 is the link, 10 the machine.
    private static IEnumerable<InterfaceAddress> V6(SystemRoot root, string name)
    {
        foreach (var line in root.ReadLines("/proc/net/if_inet6"))
        {
            var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (words is [{ Length: 32 } address, _, var prefix, not ("20" or "10"), var flags, var owner]
                && owner == name && address.All(char.IsAsciiHexDigit)
                && int.TryParse(prefix, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var length)
                && uint.TryParse(flags, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var bits))
                yield return new InterfaceAddress(new IPAddress(Convert.FromHexString(address)), length, bits);
        }
    }

    // No file of /proc tells which addresses have an end; only the kernel itself does.
    private static List<InterfaceAddress> V4(SystemRoot root, string name)
    {
        var found = new List<InterfaceAddress>();
        if (!root.IsLive || root.ReadNumber($"/sys/class/net/{name}/ifindex") is not { } index)
            return found;
        var socket = Native.Socket(NetlinkFamily, RawSocket, 0);
        if (socket < 0)
            return found;
        try
        {
            var request = new byte[HeaderBytes + MessageBytes];
            BinaryPrimitives.WriteInt32LittleEndian(request, request.Length);
            BinaryPrimitives.WriteUInt16LittleEndian(request.AsSpan(4), GetAddresses);
            BinaryPrimitives.WriteUInt16LittleEndian(request.AsSpan(6), DumpRequest);
            request[HeaderBytes] = (byte)AddressFamily.InterNetwork;
            var buffer = new byte[1 << 16];
            fixed (byte* sent = request, received = buffer)
            {
                if (Native.Send(socket, sent, request.Length, 0) < 0)
                    return found;
                while (Native.Receive(socket, received, buffer.Length, 0) is > 0 and var length)
                    if (!Take(buffer.AsSpan(0, (int)length), (uint)index, found))
                        break;
            }
            return found;
        }
        finally
        {
            _ = Native.Close(socket);
        }
    }

    // False at the end. struct nlmsghdr: length, type, flags, sequence, port.
    private static bool Take(ReadOnlySpan<byte> messages, uint index, List<InterfaceAddress> found)
    {
        while (messages.Length >= HeaderBytes)
        {
            var length = BinaryPrimitives.ReadInt32LittleEndian(messages);
            var type = BinaryPrimitives.ReadUInt16LittleEndian(messages[4..]);
            if (length < HeaderBytes || length > messages.Length || type is not NewAddress)
                return false;
            if (length >= HeaderBytes + MessageBytes
                && BinaryPrimitives.ReadUInt32LittleEndian(messages[(HeaderBytes + 4)..]) == index
                && Parse(messages[HeaderBytes..length]) is { } address)
                found.Add(address);
            messages = messages[Math.Min((length + 3) & ~3, messages.Length)..];
        }
        return true;
    }

    // struct ifaddrmsg: family, prefix, flags, scope, interface. Attributes: length, type, value, padded to four bytes.
    private static InterfaceAddress? Parse(ReadOnlySpan<byte> message)
    {
        var (prefix, flags) = ((int)message[1], (uint)message[2]);
        IPAddress? address = null;
        var rest = message[MessageBytes..];
        while (rest.Length >= 4)
        {
            var length = BinaryPrimitives.ReadUInt16LittleEndian(rest);
            var type = BinaryPrimitives.ReadUInt16LittleEndian(rest[2..]);
            if (length < 4 || length > rest.Length)
                break;
            if (type == LocalAttribute || (type == AddressAttribute && address is null))
                address = length == 8 ? new IPAddress(rest[4..8]) : address;
            else if (type == FlagsAttribute && length == 8)
                flags = BinaryPrimitives.ReadUInt32LittleEndian(rest[4..]);
            rest = rest[Math.Min((length + 3) & ~3, rest.Length)..];
        }
        return address is null || IPAddress.IsLoopback(address) ? null : new InterfaceAddress(address, prefix, flags);
    }
}
