using Panicle.Kdump.Targets;

namespace Panicle.Kdump.Configuration;

/// <summary>RHEL's and Fedora's <c>/etc/kdump.conf</c> (kdump.conf(5)): lines of <c>option value</c>.</summary>
internal sealed class RhelConf(string path) : ConfigurationFileReader(path)
{
    public const string DefaultPath = "/etc/kdump.conf";

    private static readonly string[] FileSystems = ["ext2", "ext3", "ext4", "xfs", "btrfs", "minix", "virtiofs"];
    private static readonly string[] Targets = ["raw", "nfs", "ssh", .. FileSystems];
    private static readonly string[] Ignored =
    [
        "auto_reset_crashkernel", "kdump_post", "kdump_pre", "extra_bins", "extra_modules", "force_rebuild", "force_no_rebuild",
        "override_resettable", "dracut_args", "fence_kdump_args", "fence_kdump_nodes", "debug_mem_level", "link_delay", "net",
    ];

    private static readonly string[] Known =
    [
        .. Targets, .. Ignored, "path", "core_collector", "sshkey", "failure_action", "default", "final_action",
    ];

    private (string Kind, string Value, int Line) _target = ("", "", 0);
    private (string Value, int Line) _path = ("/var/crash", 0);
    private readonly Dictionary<string, int> _seen = [];
    private int _dumpsToRoot;

    public ConfigurationFile Read(IReadOnlyList<string> lines)
    {
        Set("layout", "rhel");
        for (Line = 1; Line <= lines.Count; Line++)
        {
            var text = lines[Line - 1];
            var comment = text.IndexOf('#', StringComparison.Ordinal);
            // A carriage return is part of what kdumpctl reads: Set refuses it.
            var words = (comment < 0 ? text : text[..comment]).Trim(' ', '\t')
                .Split((char[])[' ', '\t'], 2, StringSplitOptions.RemoveEmptyEntries);
            if (words.Length > 0)
                Take(words[0], words.Length > 1 ? words[1].Trim(' ', '\t') : "");
        }
        TakeTarget();
        if (_dumpsToRoot > 0)
        {
            Line = _dumpsToRoot;
            Set("fallback", _path.Value);
        }
        return Result;
    }

    private void Take(string option, string value)
    {
        if (value.Length == 0 && Known.Contains(option))
            Remark($"a value is expected after {option}");
        else if (Targets.Contains(option))
            TakeTarget(option, value);
        else if (option == "dracut_args" && value.Contains("--mount", StringComparison.Ordinal))
            TakeTarget(option, value);
        else if (Known.Contains(option) && !_seen.TryAdd(option == "default" ? "failure_action" : option, Line))
            TakeAgain(option);
        else if (option == "extra_modules")
            Set("modules", value);
        else if (!TakeOther(option, value))
            Remark(Ignored.Contains(option)
                ? $"{option} means nothing to Panicle"
                : $"kdump.conf knows no {option}{Spelling.Suggest(option, Known)}");
    }

    // default is the old name of failure_action.
    private void TakeAgain(string option)
    {
        var line = _seen[option == "default" ? "failure_action" : option];
        Remark(option is "default" or "failure_action"
            ? $"{option}: what happens after a failure stands in line {line} already; kdumpctl takes only one"
            : $"{option} stands in line {line} already; kdumpctl takes only one");
    }

    private bool TakeOther(string option, string value)
    {
        switch (option)
        {
            case "path":
                _path = (value, Line);
                return true;
            case "sshkey":
                Set("ssh-key", value);
                return true;
            case "core_collector":
                TakeCollector(value);
                return true;
            case "failure_action" or "default":
                if (value == "dump_to_rootfs")
                    _dumpsToRoot = Line;
                else
                    Set("failure-action", value);
                return true;
            case "final_action":
                Set("final-action", value);
                return true;
            default:
                return false;
        }
    }

    private void TakeTarget(string option, string value)
    {
        if (_target.Kind.Length > 0)
            Remark($"{option}: there is a target in line {_target.Line} already; kdumpctl takes only one");
        else
            _target = (option, value, Line);
    }

    private void TakeCollector(string command)
    {
        var program = command.Split((char[])[' ', '\t'], 2)[0];
        switch (Path.GetFileName(program))
        {
            case "makedumpfile":
                break;
            case "cp" or "scp":
                // The whole of /proc/vmcore, as it is.
                Set("level", "0");
                Set("compress", "none");
                Set("format", "elf");
                return;
            default:
                SetUnknown("level", $"core_collector {program} is no program that Panicle knows");
                Remark($"core_collector {program}: Panicle saves the dump itself, and doesn't know what that program leaves out");
                return;
        }
        var (settings, unknown) = CollectorOptions.Read(command[program.Length..]);
        foreach (var (key, value) in settings.Where(setting => setting != ("format", "flattened")))
            Set(key, value); // -F is there for ssh's sake.
        foreach (var option in unknown)
            Remark($"core_collector: {option} means nothing to Panicle");
    }

    private void TakeTarget()
    {
        var (kind, value, line) = _target;
        Line = line > 0 ? line : _path.Line;
        switch (kind)
        {
            case "":
                Set("target", _path.Value);
                break;
            case "raw":
                Set("target", $"raw:{value}");
                break;
            case "nfs" when !value.Contains(":/", StringComparison.Ordinal):
                Unusable($"nfs: '{value}' is no SERVER:/EXPORT");
                break;
            case "nfs":
                Set("target", RemotePlace.Nfs(value, _path.Value));
                break;
            case "ssh":
                if (RemotePlace.PortOf(value) is { } port)
                    Remark($"ssh {value}: ssh takes all of it for a name; Panicle takes {port} for the port");
                Set("target", RemotePlace.Ssh(value, "", _path.Value));
                break;
            case "virtiofs":
                Unusable($"virtiofs: Panicle can't save to it; {StackedDevice.Instead}");
                break;
            case "dracut_args":
                Unusable("dracut_args: Panicle doesn't know what dracut mounts for it; set target");
                break;
            default:
                Set("target", $"{value.Replace("\"", "", StringComparison.Ordinal)}:{_path.Value}");
                break;
        }
    }

    private void Unusable(string why)
    {
        Remark(why);
        SetUnknown("target", why);
    }
}
