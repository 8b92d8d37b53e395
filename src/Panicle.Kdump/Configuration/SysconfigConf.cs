using System.Globalization;

namespace Panicle.Kdump.Configuration;

/// <summary>
/// <c>/etc/sysconfig/kdump</c>: on RHEL and Fedora it holds the command line only; on SUSE all of the configuration (kdump(5)).
/// </summary>
internal sealed class SysconfigConf(string path) : ShellFileReader(path)
{
    public const string DefaultPath = "/etc/sysconfig/kdump";

    // What Panicle has no use for, with the values with which that makes no difference.
    private static readonly Dictionary<string, string[]> Ignored = new()
    {
        ["KDUMP_IMG"] = ["vmlinuz", "Image", "image"],
        ["KDUMP_IMG_EXT"] = [],
        ["KDUMP_BOOTDIR"] = ["/boot"],
        ["KDUMP_KERNELVER"] = [],
        ["KEXEC_ARGS"] = ["-s", "-a", "-c", "--dt-no-old-root"],
        ["KEXEC_OPTIONS"] = ["-s", "-a", "-c", "--noio"],
        ["KDUMP_STDLOGLVL"] = ["*"],
        ["KDUMP_SYSLOGLVL"] = ["*"],
        ["KDUMP_KMSGLOGLVL"] = ["*"],
        ["KDUMP_LOGLVL"] = ["*"],
        ["KDUMP_VERBOSE"] = ["*"],
        ["KDUMP_RUNLEVEL"] = ["*"],
        ["KDUMP_AUTO_RESIZE"] = ["no", "false", "0"],
        ["KDUMP_UPDATE_BOOTLOADER"] = ["*"],
        ["KDUMP_FADUMP"] = ["no", "false", "0"],
        ["KDUMP_FADUMP_SHELL"] = ["no", "false", "0"],
        ["FADUMP_COMMANDLINE_APPEND"] = ["*"], // fadump, of PowerPC, is another mechanism.
        ["VMCORE_CREATION_NOTIFICATION"] = ["*"],
        ["KDUMPTOOL_FLAGS"] = [],
        ["KDUMP_COPY_KERNEL"] = ["*"], // A dump explains itself.
        ["KDUMP_NET_TIMEOUT"] = ["30"],
        ["KDUMP_SMTP_SERVER"] = [],
        ["KDUMP_SMTP_USER"] = [],
        ["KDUMP_SMTP_PASSWORD"] = [],
        ["KDUMP_NOTIFICATION_TO"] = [],
        ["KDUMP_NOTIFICATION_CC"] = [],
        ["KDUMP_HOST_KEY"] = [],
        ["KDUMP_PRESCRIPT"] = [],
        ["KDUMP_POSTSCRIPT"] = [],
        ["KDUMP_REQUIRED_PROGRAMS"] = [],
        ["KDUMP_TRANSFER"] = [],
        ["KDUMP_CONTINUE_ON_ERROR"] = ["yes", "true", "1"],
    };

    // What the others decide.
    private static readonly Dictionary<string, string> Keys = new()
    {
        ["KDUMP_SAVEDIR"] = "target",
        ["KDUMP_DUMPLEVEL"] = "level",
        ["KDUMP_KEEP_OLD_DUMPS"] = "keep",
        ["KDUMP_FREE_DISK_SIZE"] = "keep-free",
        ["KDUMP_DUMPFORMAT"] = "compress",
        ["MAKEDUMPFILE_OPTIONS"] = "level",
        ["KDUMP_COMMANDLINE"] = "cmdline",
        ["KDUMP_COMMANDLINE_APPEND"] = "cmdline-append",
        ["KDUMP_COMMANDLINE_REMOVE"] = "cmdline-remove",
        ["KDUMP_CRASHKERNEL"] = "crashkernel",
        ["KDUMP_CPUS"] = "cpus",
        ["KDUMP_IMMEDIATE_REBOOT"] = "final-action",
        ["KDUMP_SSH_IDENTITY"] = "ssh-key",
        ["KDUMP_NETCONFIG"] = "interface",
    };

    private static readonly string[] Known = [.. Ignored.Keys, .. Keys.Keys];

    public ConfigurationFile Read(IReadOnlyList<string> lines)
    {
        foreach (var (name, value, line, whyUnknown) in LastAssignments(lines, isBash: true, Known))
        {
            Line = line;
            if (Keys.TryGetValue(name, out var key))
                Take(name, key, value, whyUnknown);
            else if (Ignored.TryGetValue(name, out var harmless))
                Ignore(name, value, harmless, whyUnknown);
            else
                Remark($"nothing reads {name}{Spelling.Suggest(name, Known)}");
        }
        return Result;
    }

    private void Take(string name, string key, string value, string? whyUnknown)
    {
        if (whyUnknown is not null)
            SetUnknown(key, $"{name}: {whyUnknown}");
        else if (value.Length > 0)
            Take(name, key, value);
    }

    private void Ignore(string name, string value, string[] harmless, string? whyUnknown)
    {
        if (whyUnknown is null && value.Length > 0 && !harmless.Contains("*")
            && !Words(value).All(harmless.Contains))
            Remark(Secrets.IsName(name) || value.Length > 40
                ? $"{name} means nothing to Panicle" : $"{name}={value} means nothing to Panicle");
    }

    private void Take(string name, string key, string value)
    {
        switch (name)
        {
            case "KDUMP_SAVEDIR":
                TakeTargets(Words(value));
                break;
            case "KDUMP_KEEP_OLD_DUMPS":
                TakeOldDumps(value);
                break;
            case "KDUMP_FREE_DISK_SIZE":
                TakeFreeSpace(value);
                break;
            case "KDUMP_DUMPFORMAT":
                TakeFormat(value);
                break;
            case "MAKEDUMPFILE_OPTIONS":
                TakeOptions(value);
                break;
            case "KDUMP_CRASHKERNEL":
                if (value != "auto")
                    Set(key, OneLine(value));
                break;
            case "KDUMP_CPUS" when value == "0":
                Remark("KDUMP_CPUS=0: Panicle starts one CPU, not all; set cpus");
                break;
            case "KDUMP_IMMEDIATE_REBOOT":
                TakeReboot(value);
                break;
            case "KDUMP_SSH_IDENTITY":
                TakeIdentity(Words(value));
                break;
            case "KDUMP_NETCONFIG":
                TakeNetwork(value);
                break;
            default:
                Set(key, OneLine(value));
                break;
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
        if (!int.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var count) || count < -1)
            Remark($"KDUMP_KEEP_OLD_DUMPS: '{value}' is no number from -1");
        else if (count != 0)
            Set("keep", $"{Math.Max(count, 0) + 1L}");
    }

    // SUSE saves no dump that would leave less than this; 64 MB is what every file has.
    private void TakeFreeSpace(string value)
    {
        if (value is not ("0" or "64"))
            Remark($"KDUMP_FREE_DISK_SIZE={value}: Panicle leaves no such space free; keep-free removes old dumps instead");
    }

    private void TakeOptions(string value)
    {
        var (settings, unknown) = CollectorOptions.Read(value);
        foreach (var (key, setting) in settings)
            Set(key, setting);
        foreach (var option in unknown)
            Remark($"MAKEDUMPFILE_OPTIONS: {option} means nothing to Panicle");
    }

    private void TakeReboot(string value)
    {
        switch (value)
        {
            case "yes" or "true" or "1":
                Set("final-action", "reboot");
                break;
            case "no" or "false" or "0":
                Set("final-action", "halt");
                break;
            default:
                Remark($"KDUMP_IMMEDIATE_REBOOT: '{value}' is neither yes nor no");
                break;
        }
    }

    private void TakeIdentity(string[] keys)
    {
        if (keys.Length == 0)
            return;
        Set("ssh-key", keys[0].StartsWith('/') ? keys[0] : $"/root/.ssh/{keys[0]}");
        if (keys.Length > 1)
            Remark($"KDUMP_SSH_IDENTITY: Panicle takes one key, {keys[0]}");
    }

    // auto, or an interface and how it gets its address.
    private void TakeNetwork(string value)
    {
        var parts = value.Split(':', 2);
        if (value == "auto")
            return;
        if (parts is [var device and not "auto", "dhcp" or "dhcp4" or "dhcp6" or "auto"])
            Set("interface", device);
        else if (parts is not ["auto", "dhcp" or "dhcp4" or "auto"])
            Remark($"KDUMP_NETCONFIG={value} means nothing to Panicle; set interface and network");
    }

    private void TakeFormat(string value)
    {
        switch (value.ToLowerInvariant())
        {
            case "none":
                Remark("KDUMP_DUMPFORMAT=none: Panicle saves the dump nevertheless, beside the log; set level instead");
                break;
            case "elf":
                Set("format", "elf");
                break;
            case "raw":
                Set("level", "0");
                Set("format", "elf");
                Set("compress", "none");
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
