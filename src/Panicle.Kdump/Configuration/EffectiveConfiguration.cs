using System.Net;
using Panicle.Kdump.Initramfs;
using Panicle.Kdump.Ssh;
using Panicle.Kdump.Targets;

namespace Panicle.Kdump.Configuration;

/// <summary>
/// The configuration that counts: Panicle's own file; without one, what the distribution's files say; else the defaults. Each
/// value knows where it came from.
/// </summary>
public sealed class EffectiveConfiguration
{
    private readonly Dictionary<string, Setting> _settings;

    private EffectiveConfiguration(IReadOnlyList<ConfigurationFile> files)
    {
        Files = files;
        _settings = SettingKey.All.ToDictionary(key => key.Name, key => new Setting(key.Name, key.Default, Origin.Default));
        foreach (var setting in files.SelectMany(file => file.Settings))
            _settings[setting.Key] = setting;
    }

    /// <summary>The files that it came from, those that count more later.</summary>
    public IReadOnlyList<ConfigurationFile> Files { get; }

    /// <summary>Every key with its value, in their order.</summary>
    public IEnumerable<Setting> Settings => SettingKey.All.Select(key => _settings[key.Name]);

    /// <summary>The value of a key; "" if it has none.</summary>
    /// <exception cref="TargetException">It has one that nothing tells.</exception>
    public string this[string key] => _settings[key] switch
    {
        { WhyUnknown: { } why } setting => throw new TargetException($"{setting.Origin}: nothing tells what {key} is: {why}"),
        var setting => setting.Value,
    };

    /// <summary>Those that are set, but nothing tells to what.</summary>
    public IEnumerable<Setting> Unknown => Settings.Where(setting => setting.WhyUnknown is not null);

    /// <summary>The value of a key that is a number, or null if it has none.</summary>
    public int? Number(string key) => int.TryParse(this[key], out var number) ? number : null;

    /// <summary>The target of dumps, as <c>target</c> spells it.</summary>
    public TargetAddress Target => TargetAddress.Parse(this["target"]);

    /// <summary>Where they go if that fails, or null.</summary>
    public TargetAddress? Fallback => this["fallback"] is { Length: > 0 } text ? TargetAddress.Parse(text) : null;

    /// <summary>The modules that it names.</summary>
    internal IReadOnlyList<string> Modules => Names(this["modules"]);

    /// <summary>The words of a list.</summary>
    internal static string[] Names(string list) => list.Split((char[])[' ', '\t', ','], StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Where a value came from.</summary>
    public Origin OriginOf(string key) => _settings[key].Origin;

    /// <summary>Reads a system's configuration.</summary>
    public static EffectiveConfiguration Read(SystemRoot root) =>
        ReadOwn(root) is { } own ? new EffectiveConfiguration([own]) : new EffectiveConfiguration(ReadDistributions(root));

    /// <summary>What the distribution's files say, whether or not Panicle has a file of its own.</summary>
    public static EffectiveConfiguration Import(SystemRoot root) => new(ReadDistributions(root));

    /// <summary>Values that don't go together.</summary>
    public IEnumerable<Remark> Contradictions()
    {
        if (Unknown.Any())
            yield break; // What isn't known contradicts nothing yet.
        if (Fallback is { } fallback && fallback.ToString() == Target.ToString())
            yield return new Remark(OriginOf("fallback"), "fallback is the target itself");
        if (Target.Kind == TargetKind.Raw && (this["keep"] + this["keep-days"] + this["keep-free"]).Length > 0)
            yield return new Remark(
                OriginOf("target"), "a raw device holds one dump; keep, keep-days and keep-free mean nothing there");
        if (!Target.IsRemote && Fallback is not { IsRemote: true }
            && (this["vlan"] + this["bond"] + this["interface"]).Length > 0)
            yield return new Remark(
                OriginOf("interface"), "interface, vlan and bond mean nothing without a target on another machine");
        if (this["ssh-key"].Length > 0 && Target.Kind != TargetKind.Ssh && Fallback?.Kind != TargetKind.Ssh)
            yield return new Remark(OriginOf("ssh-key"), "ssh-key means nothing without an ssh target");
        foreach (var key in new[] { "target", "fallback" })
            if (Known(key) is { Kind: TargetKind.Ssh, Password: not null })
                yield return new Remark(OriginOf(key), $"{key}: ssh takes no password from a file; it needs ssh-key");
        if (this["cmdline"].Length > 0 && Number("cpus") > 1)
            yield return new Remark(OriginOf("cpus"), "cpus means nothing beside cmdline, which says it itself");
    }

    /// <summary>What the configuration names and the system doesn't have, or the capture kernel could not reach.</summary>
    public IEnumerable<Remark> OutOfReach(SystemRoot root)
    {
        foreach (var key in new[] { "kernel", "ssh-key" })
            if (_settings[key] is { Value.Length: > 0 } setting && !root.HasFile(setting.Value))
                yield return new Remark(setting.Origin, $"{key}: {setting.Value} isn't there");
        if (_settings["modules"].WhyUnknown is null)
            foreach (var missing in ModuleSelection.MissingOf(root, this))
                yield return new Remark(OriginOf("modules"), $"there is no module {missing}");
        foreach (var (key, target) in new[] { ("target", Known("target")), ("fallback", Known("fallback")) })
            if (target is not null && Problem(root, target) is { } problem)
                yield return new Remark(OriginOf(key), problem);
    }

    private TargetAddress? Known(string key) =>
        _settings[key] is { WhyUnknown: null, Value.Length: > 0 } setting ? TargetAddress.Parse(setting.Value) : null;

    /// <summary>What of a target can be seen, without asking a server, to keep a capture from it; null for nothing.</summary>
    internal string? Problem(SystemRoot root, TargetAddress target)
    {
        try
        {
            if (target.IsRemote && IPAddress.TryParse(target.Host, out var address) && address.IsIPv6LinkLocal)
                return $"{target.Host} is known on one link only, and the interface that leads there may have another name in "
                    + "the capture kernel: give the server's name or another of its addresses";
            if (target.Kind == TargetKind.Https && !root.HasFile(CurlSink.Program))
                return $"{target.Shown} needs {CurlSink.Program}, which isn't installed";
            if (target.Kind == TargetKind.Ssh)
                CheckSsh(root, target);
            else if (target.IsRemote)
                return null;
            else
                return OfDisk(root, target);
            return null;
        }
        catch (TargetException e)
        {
            return e.Message;
        }
    }

    private static string? OfDisk(SystemRoot root, TargetAddress target)
    {
        if (target.Device is not null && BlockDevices.Find(root, target.Device) is { } given
            && BlockDevices.IsReadOnly(root, given))
            return $"{given} is read-only";
        var device = target.Kind == TargetKind.Raw
            ? RawTarget.Resolve(root, target).Device
            : LocalTarget.Resolve(root, target).Device;
        if (BlockDevices.IsReadOnly(root, device))
            return $"{device} is read-only";
        if (target.Kind == TargetKind.Raw || target.Device is not null)
            return null;
        for (var path = root.Resolve(target.Path); path is not (null or "/"); path = Path.GetDirectoryName(path))
            if (root.HasFile(path))
                return $"{path} is a file and no directory";
        return null;
    }

    // A key that is set and isn't there is told once, where it is set.
    private void CheckSsh(SystemRoot root, TargetAddress target)
    {
        if (_settings["ssh-key"] is { WhyUnknown: null, Value: var key } && (key.Length == 0 || root.HasFile(key)))
            SshAccess.Check(root, target, this);
    }

    /// <summary>Reads the text of a file of Panicle's own.</summary>
    public static EffectiveConfiguration Parse(string path, string text) => new([new PanicleConf(path).Read(text.Split('\n'))]);

    /// <summary>What Panicle's own file says, or null if there is none.</summary>
    public static ConfigurationFile? ReadOwn(SystemRoot root) =>
        ReadFile(root, PanicleConf.DefaultPath, path => new PanicleConf(path), (file, lines) => file.Read(lines));

    /// <summary>What the files of Debian, RHEL and SUSE say, those that are there.</summary>
    public static IReadOnlyList<ConfigurationFile> ReadDistributions(SystemRoot root)
    {
        ConfigurationFile?[] files =
        [
            ReadFile(root, SysconfigConf.DefaultPath, path => new SysconfigConf(path), (file, lines) => file.Read(lines)),
            ReadFile(root, RhelConf.DefaultPath, path => new RhelConf(path), (file, lines) => file.Read(lines)),
            ReadFile(root, DebianConf.DefaultPath, path => new DebianConf(path), (file, lines) => file.Read(lines)),
        ];
        return [.. files.OfType<ConfigurationFile>()];
    }

    // A file that is there and can't be read says anything, not nothing.
    private static ConfigurationFile? ReadFile<T>(
        SystemRoot root, string path, Func<string, T> reader, Func<T, IReadOnlyList<string>, ConfigurationFile> read)
        where T : ConfigurationFileReader =>
        root.ReadWhole(path) switch
        {
            (_, { } why) => reader(path).Unreadable(why),
            ({ } text, _) => read(reader(path), text.TrimEnd('\n').Split('\n')),
            _ => null,
        };

    /// <summary>The same configuration with one value changed.</summary>
    public EffectiveConfiguration With(string key, string value)
    {
        var copy = new EffectiveConfiguration(Files);
        foreach (var (name, setting) in _settings)
            copy._settings[name] = setting;
        copy._settings[key] = new Setting(key, value, new Origin("command line", 0));
        return copy;
    }

    /// <summary>The text of a file of Panicle's own that says the same, the defaults left out.</summary>
    public string Write() => PanicleConf.Write(Settings.Where(setting => setting.Origin != Origin.Default));

    /// <summary>The same with passwords left out, to be shown.</summary>
    public string WriteShown() => PanicleConf.Write(
        Settings.Where(setting => setting.Origin != Origin.Default).Select(setting => setting with { Value = setting.Shown }));
}
