using System.Globalization;
using System.Text;

namespace Panicle.Kdump.Targets;

/// <summary>Sends a crash's files to an FTP server (RFC 959, with EPSV of RFC 2428), in a directory of the crash's own.</summary>
internal sealed class FtpSink : CrashSink
{
    private const string Incomplete = "-incomplete";

    private readonly TargetAddress _target;
    private readonly CrashNames _names;
    private readonly TimeSpan _timeout;
    private readonly Stream _control;

    /// <summary>Connects, says who it is, and makes the directories.</summary>
    public FtpSink(TargetAddress target, CrashNames names, TimeSpan timeout)
    {
        (_target, _names, _timeout) = (target, names, timeout);
        _control = Connection.Open(target.Host!, target.Port, timeout);
        try
        {
            Expect("connecting", ReadReply(), '2');
            var greeting = Ask($"USER {target.User ?? "anonymous"}");
            if (greeting.StartsWith('3'))
                Expect("the password", Ask($"PASS {target.Password ?? "panicle@"}"), '2');
            Expect("TYPE I", Ask("TYPE I"), '2');
            foreach (var directory in target.Path.Split('/', StringSplitOptions.RemoveEmptyEntries))
            {
                Ask($"MKD {directory}"); // It may be there already; CWD tells.
                Enter(directory);
            }
            Enter(names.Take(TakeDirectory));
        }
        catch
        {
            _control.Dispose();
            throw;
        }
    }

    public override string Description => $"{_target.Shown.TrimEnd('/')}/{_names.Taken}";

    public override Stream Create(string name, long? length = null)
    {
        var data = Connection.Open(_target.Host!, PassivePort(), _timeout);
        Expect(name, Ask($"STOR {name}{Incomplete}"), '1');
        return data;
    }

    public override void Finish(string name, Stream stream)
    {
        stream.Dispose();
        Expect(name, ReadReply(), '2');
        Expect(name, Ask($"RNFR {name}{Incomplete}"), '3');
        Expect(name, Ask($"RNTO {name}"), '2');
    }

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        _control.Dispose();
    }

    private void Enter(string directory) => Expect($"the directory {directory}", Ask($"CWD {directory}"), '2');

    // Servers refuse what is there already with the same number as what they don't allow.
    private bool TakeDirectory(string name)
    {
        var reply = Ask($"MKD {name}");
        if (reply.StartsWith('2'))
            return true;
        if (!Ask($"CWD {name}").StartsWith('2'))
            throw new IOException($"the directory {name}: the FTP server says {reply}");
        if (!Ask("CDUP").StartsWith('2'))
            Enter("..");
        return false;
    }

    // "229 … (|||PORT|)"; servers without EPSV answer to PASV with "227 … (h,h,h,h,p,p)". The host in there is ignored: it is the
    // server's idea of itself.
    private int PassivePort()
    {
        var reply = Ask("EPSV");
        if (reply.StartsWith("229", StringComparison.Ordinal) && reply.Split('|') is [_, _, _, var port, ..]
            && int.TryParse(port, out var number))
            return number;
        reply = Ask("PASV");
        Expect("PASV", reply, '2');
        var open = reply.IndexOf('(', StringComparison.Ordinal) + 1;
        var parts = reply[open..].TrimEnd('.', ')', ' ').Split(',');
        return parts.Length == 6 && byte.TryParse(parts[4], out var high)
            && byte.TryParse(parts[5], NumberStyles.None, null, out var low)
            ? (high << 8) | low
            : throw new IOException($"the server's answer to PASV is {reply}");
    }

    private string Ask(string command)
    {
        if (command.Any(char.IsControl))
            throw new IOException("a name for the FTP server has control characters in it");
        _control.Write(Encoding.UTF8.GetBytes($"{command}\r\n"));
        return ReadReply();
    }

    // "123 text", or "123-text" and lines up to one that starts "123 ".
    private string ReadReply()
    {
        var first = Connection.ReadLine(_control);
        if (first is not [_, _, _, '-', ..])
            return first;
        string line;
        do
            line = Connection.ReadLine(_control);
        while (!line.StartsWith($"{first[..3]} ", StringComparison.Ordinal));
        return line;
    }

    private static void Expect(string what, string reply, char kind)
    {
        if (!reply.StartsWith(kind))
            throw new IOException($"{what}: the FTP server says {reply}");
    }
}
