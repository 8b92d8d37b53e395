namespace Panicle.Kdump.Configuration;

/// <summary>Debian's and Ubuntu's <c>/etc/default/kdump-tools</c> (kdump-config(8)).</summary>
internal sealed class DebianConf(string path) : ShellFileReader(path)
{
    public const string DefaultPath = "/etc/default/kdump-tools";

    private const string GenericKernel = "/var/lib/kdump/vmlinuz";
    private const string GenericInitramfs = "/var/lib/kdump/initrd.img";

    private static readonly string[] Known =
    [
        "USE_KDUMP", "KDUMP_KERNEL", "KDUMP_INITRD", "KDUMP_COREDIR", "KDUMP_FAIL_CMD", "KDUMP_DUMP_DMESG", "KDUMP_NUM_DUMPS",
        "KDUMP_COMPRESSION", "MAKEDUMP_ARGS", "KDUMP_KEXEC_ARGS", "KDUMP_CMDLINE", "KDUMP_CMDLINE_APPEND", "KDUMP_SYSCTL",
        "KDUMP_CORESIZE", "KDUMP_STAMP", "KDUMP_SCRIPT", "DEBUG_KERNEL", "HOSTTAG", "NFS", "NFS_TIMEO", "NFS_RETRANS",
        "NFS_MOUNT_RETRY", "FTP", "FTP_USER", "FTP_PASSWORD", "FTP_PORT", "FTP_DIR", "FTPPUT_ARGS", "SSH", "SSH_KEY",
    ];

    // What they decide, where that isn't the target.
    private static readonly Dictionary<string, string> Keys = new()
    {
        ["KDUMP_KERNEL"] = "kernel",
        ["KDUMP_NUM_DUMPS"] = "keep",
        ["KDUMP_CMDLINE"] = "cmdline",
        ["KDUMP_CMDLINE_APPEND"] = "cmdline-append",
        ["SSH_KEY"] = "ssh-key",
        ["MAKEDUMP_ARGS"] = "level",
        ["KDUMP_FAIL_CMD"] = "failure-action",
    };

    public ConfigurationFile Read(IReadOnlyList<string> lines)
    {
        var assignments = LastAssignments(lines, isBash: false, Known);
        Set("layout", "debian");
        foreach (var assignment in assignments)
        {
            Line = assignment.Line;
            if (assignment.WhyUnknown is null)
                Take(assignment.Name, assignment.Value);
            else if (Keys.TryGetValue(assignment.Name, out var key))
                SetUnknown(key, $"{assignment.Name}: {assignment.WhyUnknown}");
        }
        TakeTarget(assignments);
        return Result;
    }

    private void Take(string name, string value)
    {
        switch (name)
        {
            case "USE_KDUMP" when value == "0":
                Remark("USE_KDUMP=0: Debian's own scripts load no capture kernel");
                break;
            case "USE_KDUMP" when value is not ("1" or ""):
                Remark($"USE_KDUMP={OneLine(value)} is neither 0 nor 1");
                break;
            case "KDUMP_KERNEL" when value != GenericKernel:
                Set("kernel", value);
                break;
            case "KDUMP_INITRD" when value is not GenericInitramfs and not "":
                Remark($"KDUMP_INITRD={value}: Panicle loads the initramfs that it builds itself");
                break;
            case "KDUMP_NUM_DUMPS" when value != "0":
                Set("keep", value);
                break;
            case "KDUMP_CMDLINE":
                Set("cmdline", OneLine(value));
                break;
            case "KDUMP_CMDLINE_APPEND":
                Set("cmdline-append", OneLine(value));
                break;
            case "SSH_KEY":
                Set("ssh-key", value);
                break;
            case "MAKEDUMP_ARGS":
                TakeCollector(value);
                break;
            case "KDUMP_FAIL_CMD":
                TakeFailure(value);
                break;
            case "KDUMP_COMPRESSION" when value.Length > 0:
                Remark(
                    $"KDUMP_COMPRESSION={value}: Panicle compresses inside the dump; set compress in {PanicleConf.DefaultPath}");
                break;
            case "KDUMP_DUMP_DMESG" when value == "0":
                Remark("KDUMP_DUMP_DMESG=0: Panicle always saves the log, first of all");
                break;
            case "HOSTTAG" when value is not ("ip" or ""):
                Remark($"HOSTTAG={value}: Panicle's directories on a server are named without the host");
                break;
            case "KDUMP_SYSCTL" or "KDUMP_KEXEC_ARGS" or "KDUMP_SCRIPT" or "NFS_TIMEO" or "NFS_RETRANS" or "NFS_MOUNT_RETRY"
                or "FTPPUT_ARGS" or "DEBUG_KERNEL" or "KDUMP_CORESIZE" or "KDUMP_STAMP" when value.Length > 0:
                Remark($"{name} means nothing to Panicle");
                break;
            default:
                if (!Known.Contains(name))
                    Remark($"kdump-tools knows no {name}{Spelling.Suggest(name, Known)}");
                break;
        }
    }

    private void TakeCollector(string value)
    {
        var (settings, unknown) = CollectorOptions.Read(value);
        foreach (var (key, setting) in settings)
            Set(key, setting);
        foreach (var option in unknown)
            Remark($"MAKEDUMP_ARGS: {option} means nothing to Panicle");
    }

    // The program alone, with options but without anything else, is what has a name here.
    private void TakeFailure(string command)
    {
        var words = Words(command);
        var action = words.Length > 0 && words.Skip(1).All(word => word.StartsWith('-')) ? Path.GetFileName(words[0]) : "";
        if (action is "reboot" or "poweroff" or "halt" or "shell" or "sh" or "bash")
            Set("failure-action", action is "sh" or "bash" ? "shell" : action);
        else if (words.Length > 0)
            Remark($"KDUMP_FAIL_CMD={OneLine(command)}: Panicle knows reboot, poweroff, halt and shell");
    }

    // kdump-config takes NFS before FTP before SSH before the local directory.
    private void TakeTarget(IReadOnlyList<ShellAssignment> assignments)
    {
        ShellAssignment Of(string name) => assignments.LastOrDefault(assignment => assignment.Name == name);
        var (nfs, ftp, ssh, local) = (Of("NFS"), Of("FTP"), Of("SSH"), Of("KDUMP_COREDIR"));
        ShellAssignment[] given = [.. new[] { nfs, ftp, ssh }
            .Where(assignment => assignment.Value is { Length: > 0 } || assignment.WhyUnknown is not null)];
        // What may be set to nothing takes no other's place, so far as anybody knows.
        ShellAssignment[] known = [.. given.Where(assignment => assignment.WhyUnknown is null)];
        if (known.Length > 1)
        {
            Line = known[1].Line;
            Remark($"{string.Join(", ", known.Select(assignment => assignment.Name))}: only {known[0].Name} counts");
        }
        var directory = local.Value is { Length: > 0 } ? local.Value : "/var/crash";
        Line = given.Length > 0 ? given[0].Line : local.Line;
        ShellAssignment[] parts = given switch
        {
            [] => [local],
            [{ Name: "NFS" }, ..] => [nfs],
            [{ Name: "FTP" }, ..] => [ftp, Of("FTP_USER"), Of("FTP_PASSWORD"), Of("FTP_PORT"), Of("FTP_DIR")],
            _ => [ssh, local],
        };
        if (parts.FirstOrDefault(part => part.WhyUnknown is not null) is { WhyUnknown: { } why } unknown)
        {
            Line = unknown.Line;
            SetUnknown("target", $"{unknown.Name}: {why}");
        }
        else if (given.Length == 0)
            Set("target", directory);
        else if (given[0].Name == "NFS" && !nfs.Value.Contains(":/", StringComparison.Ordinal))
        {
            var wrong = $"NFS={nfs.Value} is no SERVER:/EXPORT";
            Remark(wrong);
            SetUnknown("target", wrong);
        }
        else if (given[0].Name == "NFS")
            Set("target", RemotePlace.Nfs(nfs.Value, ""));
        else if (given[0].Name == "FTP")
            Set("target", FtpTarget(ftp.Value, Of));
        else
            TakeSsh(ssh.Value, directory);
    }

    // kdump-config gives the words to ssh as they are: a port may stand behind the host.
    private void TakeSsh(string value, string directory)
    {
        var words = Words(value);
        var port = words switch
        {
            [_] => "",
            [_, "-p", var number] => number,
            [_, ['-', 'p', .. var number]] => number,
            _ => null,
        };
        if (port is null)
        {
            var why = $"SSH=\"{value}\" has options of ssh that Panicle doesn't know";
            SetUnknown("target", why);
            Remark(why);
        }
        else
        {
            if (port.Length == 0 && RemotePlace.PortOf(words[0]) is { } number)
                Remark($"SSH=\"{value}\": ssh takes all of it for a name; Panicle takes {number} for the port");
            Set("target", RemotePlace.Ssh(words[0], port, directory));
        }
    }

    private static string FtpTarget(string server, Func<string, ShellAssignment> of)
    {
        var secret = of("FTP_PASSWORD").Value is { Length: > 0 } password ? $":{Uri.EscapeDataString(password)}" : "";
        var user = of("FTP_USER").Value is { Length: > 0 } name ? $"{Uri.EscapeDataString(name)}{secret}@" : "";
        var port = of("FTP_PORT").Value is { Length: > 0 } number ? $":{number}" : "";
        var slash = server.IndexOf('/', StringComparison.Ordinal);
        var (host, path) = slash < 0 ? (server, "") : (server[..slash], server[slash..]);
        if (of("FTP_DIR").Value is { Length: > 0 } directory)
            path = $"/{directory.TrimStart('/')}";
        return $"ftp://{user}{host}{port}{path}";
    }
}
