namespace Panicle.Kdump.Configuration;

/// <summary>
/// <c>/etc/sysconfig/kdump</c>: on RHEL and Fedora it holds the command line only; on SUSE all of the configuration (kdump(5)).
/// </summary>
internal sealed class SysconfigConf(string path) : ConfigurationFileReader(path)
{
    public const string DefaultPath = "/etc/sysconfig/kdump";

    private static readonly string[] Ignored =
    [
        "KDUMP_KERNELVER", "KDUMP_IMG", "KDUMP_IMG_EXT", "KDUMP_BOOTDIR", "KEXEC_ARGS", "KDUMP_AUTO_RESIZE", "KDUMP_FADUMP",
        "KDUMP_FADUMP_SHELL", "KDUMP_STDLOGLVL", "KDUMP_LOGLVL", "KDUMPTOOL_FLAGS", "KDUMP_NETCONFIG", "KDUMP_NET_TIMEOUT",
        "KDUMP_SMTP_SERVER", "KDUMP_SMTP_USER", "KDUMP_SMTP_PASSWORD", "KDUMP_NOTIFICATION_TO", "KDUMP_NOTIFICATION_CC",
        "KDUMP_HOST_KEY", "KDUMP_PRESCRIPT", "KDUMP_POSTSCRIPT", "KDUMP_TRANSFER", "KDUMP_COPY_KERNEL",
        "KDUMP_COMMANDLINE_REMOVE", "KDUMP_REQUIRED_PROGRAMS", "KDUMP_UPDATE_BOOTLOADER", "KDUMP_VERBOSE", "KDUMP_RUNLEVEL",
        "MAKEDUMPFILE_OPTIONS", "KDUMP_CRASHKERNEL", "KEXEC_OPTIONS",
    ];

    private static readonly string[] Known =
    [
        .. Ignored, "KDUMP_SAVEDIR", "KDUMP_KEEP_OLD_DUMPS", "KDUMP_FREE_DISK_SIZE", "KDUMP_DUMPLEVEL", "KDUMP_DUMPFORMAT",
        "KDUMP_COMMANDLINE", "KDUMP_COMMANDLINE_APPEND",
        "KDUMP_IMMEDIATE_REBOOT", "KDUMP_CONTINUE_ON_ERROR", "KDUMP_CPUS", "KDUMP_SSH_IDENTITY",
    ];

    // What they decide.
    private static readonly Dictionary<string, string> Keys = new()
    {
        ["KDUMP_SAVEDIR"] = "target",
        ["KDUMP_DUMPLEVEL"] = "level",
        ["KDUMP_KEEP_OLD_DUMPS"] = "keep",
        ["KDUMP_DUMPFORMAT"] = "compress",
        ["KDUMP_COMMANDLINE"] = "cmdline",
        ["KDUMP_COMMANDLINE_APPEND"] = "cmdline-append",
        ["KDUMP_CPUS"] = "cpus",
        ["KDUMP_IMMEDIATE_REBOOT"] = "final-action",
        ["KDUMP_SSH_IDENTITY"] = "ssh-key",
    };

    public ConfigurationFile Read(IReadOnlyList<string> lines)
    {
        var assignments = ShellAssignments.Read(lines, out var remarks);
        TakeRemarks(remarks);
        foreach (var (name, value, line, whyUnknown) in assignments)
        {
            Line = line;
            if (whyUnknown is not null && Keys.TryGetValue(name, out var key))
                SetUnknown(key, $"{name}: {whyUnknown}");
            else if (whyUnknown is null && !Take(name, value) && !Known.Contains(name))
                Remark($"nothing reads {name}{Spelling.Suggest(name, Known)}");
        }
        return Result;
    }

    private bool Take(string name, string value)
    {
        switch (name)
        {
            case "KDUMP_SAVEDIR":
                TakeTargets(value.Split((char[])[' ', '\t', '\n'], StringSplitOptions.RemoveEmptyEntries));
                return true;
            case "KDUMP_DUMPLEVEL":
                Set("level", value);
                return true;
            case "KDUMP_KEEP_OLD_DUMPS" when value != "0":
                TakeOldDumps(value);
                return true;
            case "KDUMP_DUMPFORMAT":
                TakeFormat(value);
                return true;
            case "KDUMP_COMMANDLINE":
                Set("cmdline", value);
                return true;
            case "KDUMP_COMMANDLINE_APPEND":
                Set("cmdline-append", value);
                return true;
            case "KDUMP_CPUS" when value != "0":
                Set("cpus", value);
                return true;
            case "KDUMP_IMMEDIATE_REBOOT":
                Set("final-action", value is "yes" or "true" ? "reboot" : "halt");
                return true;
            case "KDUMP_SSH_IDENTITY":
                Set("ssh-key", value.Split(' ')[0]);
                return true;
            default:
                return false;
        }
    }

    // SUSE splits the dump between them, to write to several disks at once.
    private void TakeTargets(string[] targets)
    {
        if (targets.Length == 0)
            return;
        Set("target", targets[0]);
        if (targets.Length == 1)
            return;
        Set("fallback", targets[1]);
        Remark($"KDUMP_SAVEDIR: Panicle writes the whole dump to {targets[0]}, and to {targets[1]} if that fails"
            + (targets.Length > 2 ? $"; {string.Join(", ", targets[2..])} mean nothing to it" : ""));
    }

    // How many are kept beside the one that is saved; -1 keeps none of them, 0 all.
    private void TakeOldDumps(string value)
    {
        if (int.TryParse(value, out var count) && count >= -1)
            Set("keep", $"{Math.Max(count, 0) + 1L}");
        else
            Remark($"KDUMP_KEEP_OLD_DUMPS: '{value}' is no number from -1");
    }

    private void TakeFormat(string value)
    {
        switch (value)
        {
            case "none":
                Remark("KDUMP_DUMPFORMAT=none: Panicle then saves the log alone; set level instead");
                break;
            case "ELF" or "elf":
                Set("format", "elf");
                break;
            case "compressed":
                Set("compress", "zlib");
                break;
            default:
                Set("compress", value);
                break;
        }
    }
}
