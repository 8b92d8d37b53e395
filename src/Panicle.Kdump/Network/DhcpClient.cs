using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Panicle.Kdump.Configuration;

namespace Panicle.Kdump.Network;

/// <summary>As much of DHCP (RFC 2131) as a capture needs: discover, request, and no renewal.</summary>
internal sealed class DhcpClient(string interfaceName, byte[] hardwareAddress)
{
    private const int BindToDevice = 25; // SO_BINDTODEVICE
    private const int SocketLevel = 1; // SOL_SOCKET
    private const int ServerPort = 67;
    private const int ClientPort = 68;
    private const int HeaderBytes = 240;
    private const byte Discover = 1;
    private const byte Offer = 2;
    private const byte Request = 3;
    private const byte Acknowledge = 5;
    private const byte MaskOption = 1;
    private const byte RouterOption = 3;
    private const byte RequestedAddressOption = 50;
    private const byte KindOption = 53;
    private const byte ServerOption = 54;
    private const byte WantedOption = 55;
    private const byte End = 255;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);
    private static ReadOnlySpan<byte> Magic => [99, 130, 83, 99];

    private readonly uint _transaction =
        BinaryPrimitives.ReadUInt32LittleEndian(hardwareAddress.AsSpan(2)) ^ (uint)Environment.TickCount;

    /// <summary>Asks until a server answers.</summary>
    /// <exception cref="IOException">None did in this time.</exception>
    public NetworkAddress Ask(TimeSpan timeout)
    {
        using var socket = Open();
        var deadline = DateTime.UtcNow + timeout;
        while (DateTime.UtcNow < deadline)
        {
            Send(socket, Discover, null);
            if (Receive(socket, Offer) is not { } offer)
                continue;
            Send(socket, Request, offer);
            if (Receive(socket, Acknowledge) is { } given)
                return Lease(given);
        }
        throw new IOException($"no DHCP server answered on {interfaceName} in {timeout.TotalSeconds:F0} s");
    }

    private Socket Open()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { EnableBroadcast = true };
        socket.SetRawSocketOption(SocketLevel, BindToDevice, Encoding.ASCII.GetBytes($"{interfaceName}\0"));
        socket.Bind(new IPEndPoint(IPAddress.Any, ClientPort));
        socket.ReceiveTimeout = (int)Patience.TotalMilliseconds;
        return socket;
    }

    private void Send(Socket socket, byte kind, byte[]? offer)
    {
        var packet = new List<byte>(new byte[HeaderBytes]);
        var header = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(packet);
        header[0] = 1; // BOOTREQUEST
        header[1] = 1; // Ethernet
        header[2] = 6;
        BinaryPrimitives.WriteUInt32BigEndian(header[4..], _transaction);
        header[10] = 0x80; // Answers are to be broadcast: there is no address yet that they could be sent to.
        hardwareAddress.CopyTo(header[28..]);
        Magic.CopyTo(header[236..]);
        packet.AddRange(KindOption, (byte)1, kind);
        if (offer is not null)
        {
            packet.AddRange([RequestedAddressOption, 4, .. offer.AsSpan(16, 4)]);
            if (Option(offer, ServerOption) is { Length: 4 } server)
                packet.AddRange([ServerOption, 4, .. server]);
        }
        packet.AddRange(WantedOption, (byte)2, MaskOption, RouterOption, End);
        socket.SendTo([.. packet], new IPEndPoint(IPAddress.Broadcast, ServerPort));
    }

    private byte[]? Receive(Socket socket, byte kind)
    {
        var buffer = new byte[2048];
        var deadline = DateTime.UtcNow + Patience;
        while (DateTime.UtcNow < deadline)
        {
            int length;
            try
            {
                length = socket.Receive(buffer);
            }
            catch (SocketException e) when (e.SocketErrorCode is SocketError.TimedOut or SocketError.WouldBlock)
            {
                return null;
            }
            var packet = buffer[..length];
            if (length >= HeaderBytes && packet[0] == 2 && BinaryPrimitives.ReadUInt32BigEndian(packet.AsSpan(4)) == _transaction
                && packet.AsSpan(236, 4).SequenceEqual(Magic) && Option(packet, KindOption) is [var found] && found == kind)
                return packet;
        }
        return null;
    }

    private static NetworkAddress Lease(byte[] packet)
    {
        var mask = Option(packet, MaskOption) is { Length: 4 } bytes
            ? NetworkInterfaceControl.PrefixLength(new IPAddress(bytes))
            : 24;
        var router = Option(packet, RouterOption) is { Length: >= 4 } first ? new IPAddress(first.AsSpan(0, 4)) : null;
        return new NetworkAddress(new IPAddress(packet.AsSpan(16, 4)), mask, router);
    }

    // Options are tag, length, value; 0 pads.
    private static byte[]? Option(byte[] packet, byte tag)
    {
        for (var at = HeaderBytes; at + 1 < packet.Length && packet[at] != End;)
        {
            if (packet[at] == 0)
            {
                at++;
                continue;
            }
            var length = packet[at + 1];
            if (at + 2 + length > packet.Length)
                return null;
            if (packet[at] == tag)
                return packet[(at + 2)..(at + 2 + length)];
            at += 2 + length;
        }
        return null;
    }
}
