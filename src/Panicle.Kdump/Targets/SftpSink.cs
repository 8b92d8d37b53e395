using System.Buffers.Binary;
using System.Diagnostics;
using System.Text;
using Panicle.Formats.Streams;
using Panicle.Kdump.Ssh;

namespace Panicle.Kdump.Targets;

/// <summary>
/// Sends a crash's files through SFTP (version 3, draft-ietf-secsh-filexfer-02), spoken over the system's ssh: it takes neither a
/// shell nor programs on the server.
/// </summary>
internal sealed class SftpSink : CrashSink
{
    private const string Incomplete = "-incomplete";
    private const byte Init = 1;
    private const byte Version = 2;
    private const byte Open = 3;
    private const byte CloseHandle = 4;
    private const byte WriteData = 6;
    private const byte LinkStatus = 7;
    private const byte MakeDirectory = 14;
    private const byte Rename = 18;
    private const byte Extended = 200;
    private const byte Status = 101;
    private const byte Handle = 102;
    private const byte Attributes = 105;
    private const byte ExtendedReply = 201;
    private const uint WriteCreateTruncate = 2 | 8 | 16;
    private const int MostReply = 1 << 18;
    private const int BlockSize = 32 * 1024; // What every server takes.
    private const int MostUnanswered = 64;

    private readonly TargetAddress _target;
    private readonly string _directory;
    private readonly TimeSpan _timeout;
    private readonly Process _ssh;
    private readonly Stream _toServer;
    private readonly Stream _fromServer;
    private readonly StringBuilder _errors = new();
    private uint _nextId;
    private int _unanswered;
    private byte[] _handle = [];

    /// <summary>Connects and makes the crash's directory.</summary>
    /// <param name="target">The server and the directory there.</param>
    /// <param name="names">The crash's names.</param>
    /// <param name="key">The file with the key.</param>
    /// <param name="timeout">How long the server may take to answer.</param>
    public SftpSink(TargetAddress target, CrashNames names, string key, TimeSpan timeout)
    {
        _target = target;
        _timeout = timeout;
        var arguments = SshProgram.Arguments(target, key, timeout);
        var start = new ProcessStartInfo(SshProgram.Path, [.. arguments.SkipLast(1), "-s", arguments[^1], "sftp"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["HOME"] = "/root" },
        };
        _ssh = Process.Start(start) ?? throw new IOException("ssh can't be started");
        _ssh.ErrorDataReceived += (_, line) => _errors.AppendLine(line.Data);
        _ssh.BeginErrorReadLine();
        _toServer = new BufferedStream(_ssh.StandardInput.BaseStream, 1 << 16);
        _fromServer = _ssh.StandardOutput.BaseStream;
        try
        {
            Send(Init, 3u.ToBytes());
            if (Receive().Kind != Version)
                throw new IOException("that is no SFTP server");
            _directory = MakeDirectories(target.Path);
            _directory += $"/{names.Take(name => TakeDirectory($"{_directory}/{name}"))}";
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public override string Description => $"{_target.Shown[..^_target.Path.Length]}{_directory}";

    public override ulong? Free
    {
        get
        {
            // statvfs@openssh.com: f_bsize, f_frsize, f_blocks, f_bfree, f_bavail, … after the id.
            var (kind, body) = Ask(Extended, [.. Text("statvfs@openssh.com"), .. Text(_directory)]);
            return kind == ExtendedReply && body.Length >= 40
                ? BinaryPrimitives.ReadUInt64BigEndian(body.AsSpan(8)) * BinaryPrimitives.ReadUInt64BigEndian(body.AsSpan(32))
                : null;
        }
    }

    public override Stream Create(string name, long? length = null)
    {
        // 0600
        var (kind, body) = Ask(Open,
            [
                .. Text($"{_directory}/{name}{Incomplete}"),
                .. WriteCreateTruncate.ToBytes(),
                .. 4u.ToBytes(),
                .. 0x180u.ToBytes(),
            ]);
        if (kind != Handle)
            throw Failed(name, kind, body);
        _handle = body;
        return new SftpUpload(this);
    }

    public override void Finish(string name, Stream stream)
    {
        stream.Flush();
        Settle(0);
        var (kind, body) = Ask(Extended, [.. Text("fsync@openssh.com"), .. _handle]); // Where the server has it.
        (kind, body) = Ask(CloseHandle, _handle);
        Check(name, kind, body);
        var (from, to) = ($"{_directory}/{name}{Incomplete}", $"{_directory}/{name}");
        (kind, body) = Ask(Rename, [.. Text(from), .. Text(to)]);
        Check(name, kind, body);
    }

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        try
        {
            if (!_ssh.HasExited)
                _ssh.Kill();
        }
        catch (InvalidOperationException)
        {
        }
        _ssh.Dispose();
    }

    private string MakeDirectories(string path)
    {
        var parts = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        var made = "";
        foreach (var part in parts)
        {
            made += $"/{part}";
            Ask(MakeDirectory, [.. Text(made), .. new byte[4]]); // It may be there already; opening a file in it tells.
        }
        return made;
    }

    // Version 3 has no answer of its own for what is there already.
    private bool TakeDirectory(string path)
    {
        var (kind, body) = Ask(MakeDirectory, [.. Text(path), .. new byte[4]]);
        if (kind == Status && body.Length >= 4 && BinaryPrimitives.ReadUInt32BigEndian(body) == 0)
            return true;
        return Ask(LinkStatus, Text(path)).Kind == Attributes ? false : throw Failed(path, kind, body);
    }

    private void Write(ulong offset, ReadOnlySpan<byte> block)
    {
        Settle(MostUnanswered - 1);
        Span<byte> place = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(place, offset);
        SendNumbered(WriteData, [.. _handle, .. place, .. ((uint)block.Length).ToBytes()], block);
        _unanswered++;
    }

    // Writes are answered one by one; waiting for each would cost a round trip for every 32 KB.
    private void Settle(int allowed)
    {
        if (_unanswered > allowed)
            _toServer.Flush();
        for (; _unanswered > allowed; _unanswered--)
        {
            var (kind, body) = Receive();
            Check("writing", kind, body.AsSpan(4).ToArray());
        }
    }

    private (byte Kind, byte[] Body) Ask(byte kind, byte[] body)
    {
        Settle(0);
        SendNumbered(kind, body, []);
        _toServer.Flush();
        var (answer, text) = Receive();
        return text.Length >= 4 ? (answer, text[4..]) : throw new IOException("the SFTP server's answer is too short");
    }

    private void SendNumbered(byte kind, ReadOnlySpan<byte> body, ReadOnlySpan<byte> data)
    {
        _toServer.Write(((uint)(1 + 4 + body.Length + data.Length)).ToBytes());
        _toServer.WriteByte(kind);
        _toServer.Write(_nextId++.ToBytes());
        _toServer.Write(body);
        _toServer.Write(data);
    }

    private void Send(byte kind, byte[] body)
    {
        _toServer.Write(((uint)(1 + body.Length)).ToBytes());
        _toServer.WriteByte(kind);
        _toServer.Write(body);
        _toServer.Flush();
    }

    private (byte Kind, byte[] Body) Receive()
    {
        var packet = Array.Empty<byte>();
        Guard(() =>
        {
            var length = new byte[4];
            _fromServer.ReadExactly(length);
            var size = BinaryPrimitives.ReadUInt32BigEndian(length);
            if (size is 0 or > MostReply)
                throw new IOException($"the SFTP server sends an answer of {size} bytes");
            packet = new byte[size];
            _fromServer.ReadExactly(packet);
        });
        return (packet[0], packet[1..]);
    }

    // ssh itself gives up a connection that is cut (ServerAliveInterval); then the pipe ends.
    private void Guard(Action action)
    {
        try
        {
            action();
        }
        catch (EndOfStreamException)
        {
            _ssh.WaitForExit(_timeout);
            throw new IOException($"the connection to {_target.Host} has ended: {_errors.ToString().Trim().Replace('\n', ' ')}");
        }
    }

    private static byte[] Text(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        return [.. ((uint)bytes.Length).ToBytes(), .. bytes];
    }

    private static void Check(string what, byte kind, byte[] body)
    {
        if (kind != Status || body.Length < 4 || BinaryPrimitives.ReadUInt32BigEndian(body) != 0)
            throw Failed(what, kind, body);
    }

    // A status is a code, a message and its language.
    private static IOException Failed(string what, byte kind, byte[] body)
    {
        var length = body.Length >= 8
            ? (int)Math.Min(BinaryPrimitives.ReadUInt32BigEndian(body.AsSpan(4)), (uint)body.Length - 8)
            : 0;
        var said = kind == Status && length > 0 ? Encoding.UTF8.GetString(body, 8, length) : $"answer {kind}";
        return new IOException($"{what}: the SFTP server says {said}");
    }

    private sealed class SftpUpload(SftpSink sink) : WriteOnlyStream
    {
        private readonly byte[] _block = new byte[BlockSize];
        private int _filled;
        private ulong _offset;

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            while (!buffer.IsEmpty)
            {
                var count = Math.Min(buffer.Length, BlockSize - _filled);
                buffer[..count].CopyTo(_block.AsSpan(_filled));
                _filled += count;
                buffer = buffer[count..];
                if (_filled == BlockSize)
                    Flush();
            }
        }

        public override void Flush()
        {
            if (_filled == 0)
                return;
            sink.Write(_offset, _block.AsSpan(0, _filled));
            _offset += (ulong)_filled;
            _filled = 0;
        }

    }
}

/// <summary>Numbers as SFTP sends them.</summary>
file static class BigEndian
{
    public static byte[] ToBytes(this uint number)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, number);
        return bytes;
    }
}
