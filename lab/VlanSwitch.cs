using System.Buffers.Binary;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Panicle.Lab;

/// <summary>
/// Lies between a machine and QEMU's network, and lets through only what belongs to one VLAN: that network itself knows of no
/// tags (IEEE 802.1Q). A second QEMU without a machine runs the network; both are connected by sockets, on which each frame
/// follows its length.
/// </summary>
internal sealed class VlanSwitch : IDisposable
{
    private const int MostFrame = 1 << 17;
    private const int TagAt = 12; // Behind the two addresses.
    private const int TagBytes = 4;
    private const ushort TagType = 0x8100;

    private readonly int _number;
    private readonly TcpListener _machines = new(IPAddress.Loopback, 0);
    private readonly TcpListener _networks = new(IPAddress.Loopback, 0);
    private readonly Process _network;

    /// <summary>Starts it for one VLAN.</summary>
    public VlanSwitch(int number)
    {
        _number = number;
        _machines.Start();
        _networks.Start();
        string[] words =
        [
            "-M", "none", "-nodefaults", "-display", "none", "-netdev", "user,id=user", "-netdev",
            $"socket,id=wire,connect=127.0.0.1:{PortOf(_networks)}",
            "-netdev", "hubport,id=a,hubid=1,netdev=user", "-netdev", "hubport,id=b,hubid=1,netdev=wire",
        ];
        _network = Process.Start(new ProcessStartInfo("qemu-system-x86_64", words) { RedirectStandardInput = true })
            ?? throw new LabException("cannot start qemu-system-x86_64");
        _ = Task.Run(Connect);
    }

    /// <summary>The backend of a machine that is connected to it.</summary>
    public string Backend => $"socket,id=net,connect=127.0.0.1:{PortOf(_machines)}";

    /// <inheritdoc/>
    public void Dispose()
    {
        _machines.Dispose();
        _networks.Dispose();
        if (!_network.HasExited)
            _network.Kill();
        _network.WaitForExit();
        _network.Dispose();
    }

    private async Task Connect()
    {
        try
        {
            using var network = await _networks.AcceptTcpClientAsync();
            using var machine = await _machines.AcceptTcpClientAsync();
            await Task.WhenAny(Task.Run(() => Pass(machine.GetStream(), network.GetStream(), Untag)),
                Task.Run(() => Pass(network.GetStream(), machine.GetStream(), Tag)));
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The machine never came.
        }
    }

    private static void Pass(NetworkStream from, NetworkStream to, Func<byte[], byte[]?> change)
    {
        try
        {
            var length = new byte[4];
            while (true)
            {
                from.ReadExactly(length);
                var frame = new byte[Math.Min(BinaryPrimitives.ReadInt32BigEndian(length), MostFrame)];
                from.ReadExactly(frame);
                if (change(frame) is not { } changed)
                    continue;
                BinaryPrimitives.WriteInt32BigEndian(length, changed.Length);
                to.Write([.. length, .. changed]);
            }
        }
        catch (IOException)
        {
            // One side has ended.
        }
    }

    private byte[]? Untag(byte[] frame)
    {
        var isOurs = frame.Length >= TagAt + TagBytes && BinaryPrimitives.ReadUInt16BigEndian(frame.AsSpan(TagAt)) == TagType
            && (BinaryPrimitives.ReadUInt16BigEndian(frame.AsSpan(TagAt + 2)) & 0xfff) == _number;
        return isOurs ? [.. frame.AsSpan(0, TagAt), .. frame.AsSpan(TagAt + TagBytes)] : null;
    }

    private byte[] Tag(byte[] frame) =>
        [.. frame.AsSpan(0, TagAt), TagType >> 8, TagType & 0xff, (byte)(_number >> 8), (byte)_number, .. frame.AsSpan(TagAt)];

    private static int PortOf(TcpListener listener) => ((IPEndPoint)listener.LocalEndpoint).Port;
}
