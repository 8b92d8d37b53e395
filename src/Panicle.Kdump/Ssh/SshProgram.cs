using System.Globalization;
using Panicle.Kdump.Targets;

namespace Panicle.Kdump.Ssh;

/// <summary>The system's ssh, as a capture calls it.</summary>
internal static class SshProgram
{
    /// <summary>Where it lies, in the running system and in the initramfs.</summary>
    public const string Path = "/usr/bin/ssh";

    /// <summary>Where its key lies in the initramfs.</summary>
    public const string Key = "/root/.ssh/id";

    /// <summary>
    /// What it is started with, so that it asks nothing and waits for nothing without end; the server's name is the last.
    /// </summary>
    public static IReadOnlyList<string> Arguments(TargetAddress target, string key, TimeSpan timeout)
    {
        var seconds = ((int)timeout.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        return
        [
            "-i", key, "-p", target.Port.ToString(CultureInfo.InvariantCulture), "-o", "BatchMode=yes", "-o",
            "StrictHostKeyChecking=yes", "-o", $"ConnectTimeout={seconds}",
            "-o", $"ServerAliveInterval={seconds}", "-o", "ServerAliveCountMax=1", "-l", target.User ?? "root", target.Host!,
        ];
    }
}
