using Panicle.Kdump.Targets;

namespace Panicle.Kdump.Configuration;

/// <summary>A key of <c>/etc/panicle.conf</c>.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Default">What holds without it; "" for nothing.</param>
/// <param name="Help">What it is, in a line.</param>
/// <param name="Check">Says what is wrong with a value, or null.</param>
public sealed record SettingKey(string Name, string Default, string Help, Func<string, string?> Check)
{
    private static readonly string[] Actions = ["reboot", "poweroff", "halt", "shell"];

    /// <summary>Every key there is, in the order in which they are shown and written.</summary>
    public static readonly IReadOnlyList<SettingKey> All =
    [
        new("target", "/var/crash", "where dumps go", CheckTarget),
        new("fallback", "", "where they go if that fails", CheckTarget),
        new("level", "31", "which pages are left out, 0 to 31 as makedumpfile counts", value => CheckRange(value, 0, 31)),
        new("compress", "zstd", "zstd, zlib, snappy, lzo or none",
            value => CheckWord(value, "zstd", "zlib", "snappy", "lzo", "none")),
        new("format", "kdump", "kdump, elf or flattened", value => CheckWord(value, "kdump", "elf", "flattened")),
        new("layout", "debian", "names of the directories: debian (STAMP/dump.STAMP) or rhel (ADDRESS-DATE/vmcore)",
            value => CheckWord(value, "debian", "rhel")),
        new("scrub", "no",
            "whether keys and other secrets are overwritten in the dump; required: no dump where not all of them are found",
            value => CheckWord(value, "yes", "no", "required")),
        new("keep", "", "how many dumps are kept; the oldest go", value => CheckRange(value, 1, 100_000)),
        new("keep-days", "", "how many days a dump is kept", value => CheckRange(value, 1, 100_000)),
        new("keep-free", "", "how many percent of the target's space must stay free; the oldest dumps go",
            value => CheckRange(value, 0, 99)),
        new("keep-shared", "no", "whether old dumps go on NFS too, where other machines' may be", CheckYesNo),
        new("final-action", "reboot", "what happens after a capture: reboot, poweroff, halt or shell",
            value => CheckWord(value, Actions)),
        new("failure-action", "reboot", "what happens after a failed one", value => CheckWord(value, Actions)),
        new("retries", "3", "how often a target is tried", value => CheckRange(value, 1, 1000)),
        new("timeout", "60", "seconds that a device, a server or an answer is waited for", value => CheckRange(value, 1, 86_400)),
        new("crashkernel", "", "the reservation that setup writes; without it, the estimate",
            Crashkernel.CrashkernelArgument.Problem),
        new("kernel", "", "the capture kernel's image; without it, the running kernel's", CheckPath),
        new("initramfs", "/var/lib/panicle/capture.img", "the capture initramfs", CheckPath),
        new(
            "cmdline", "", "the capture kernel's whole command line; without it, one is made from the running kernel's",
            _ => null),
        new("cmdline-append", "", "what is added to it", _ => null),
        new("cmdline-remove", "", "parameters that are taken out of it, by name", _ => null),
        new("cpus", "1", "how many CPUs the capture kernel starts", value => CheckRange(value, 1, 4096)),
        new("modules", "", "modules that the initramfs gets besides", CheckModules),
        new("network", "dhcp",
            "dhcp, auto (IPv6 as the routers say), ADDRESS/PREFIX with via GATEWAY if needed, or several with commas; "
                + "without it, as it is now where somebody set it",
            CheckNetwork),
        new(
            "interface", "", "the network interface, by name or MAC address; without it, the one that leads to the target",
            _ => null),
        new("vlan", "", "the VLAN's number; of VLANs in a VLAN all, the outermost first",
            value => value.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(number => CheckRange(number, 1, 4094))
                .FirstOrDefault(wrong => wrong is not null)),
        new("bond", "", "MODE of a bond over the interfaces, and OPTION=VALUE of the bonding driver's", CheckBond),
        new("ssh-key", "", "the key that opens the SSH target", CheckPath),
    ];

    /// <summary>Finds a key by its name, or returns null.</summary>
    public static SettingKey? Find(string name) => All.FirstOrDefault(key => key.Name == name);

    private static string? CheckTarget(string value)
    {
        try
        {
            TargetAddress.Parse(value);
            return null;
        }
        catch (FormatException e)
        {
            return e.Message;
        }
    }

    private static string? CheckRange(string value, int least, int most) =>
        int.TryParse(value, out var number) && number >= least && number <= most
            ? null
            : $"'{value}' is no number from {least} to {most}";

    private static string? CheckWord(string value, params string[] words) =>
        words.Contains(value) ? null : $"'{value}' is none of {string.Join(", ", words)}{Spelling.Suggest(value, words)}";

    private static string? CheckYesNo(string value) => CheckWord(value, "yes", "no");

    // A module's name, or an alias of one: neither has anything of a path.
    private static string? CheckModules(string value) => EffectiveConfiguration.Names(value)
        .Where(name => !char.IsAsciiLetterOrDigit(name[0])
            || !name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '_' or '-' or ':'))
        .Select(name => $"'{name}' is no name of a module").FirstOrDefault();

    private static string? CheckPath(string value) => value.StartsWith('/') ? null : $"'{value}' is no absolute path";

    private static string? CheckNetwork(string value) => NetworkAddress.Entries(value)
        .Where(entry => entry is not (NetworkAddress.Dhcp or NetworkAddress.Auto) && !NetworkAddress.TryParse(entry, out _))
        .Select(entry => $"'{entry}' is neither dhcp nor ADDRESS/PREFIX [via GATEWAY], nor auto").FirstOrDefault();

    // They become names of files.
    private static string? CheckBond(string value) => value.Split(' ', StringSplitOptions.RemoveEmptyEntries).Skip(1)
        .Where(option => option.Split('=') is not [{ Length: > 0 } name, { Length: > 0 }]
            || !name.All(letter => char.IsAsciiLetterLower(letter) || letter == '_'))
        .Select(option => $"'{option}' is no OPTION=VALUE of the bonding driver's").FirstOrDefault();
}
