using System.IO.Compression;

namespace Panicle.Kdump.Readiness;

/// <summary>The options that the running kernel was built with.</summary>
internal sealed class KernelConfig
{
    private const string Symbols = "/proc/kallsyms";

    // Functions that only these options bring into a kernel, under their names in 5.10 to 7.2.
    private static readonly (string Function, string Option)[] Telling =
    [
        ("vmcore_cleanup", "PROC_VMCORE"), ("mmap_vmcore", "PROC_VMCORE"), ("elfcorehdr_read", "CRASH_DUMP"),
        ("__do_sys_kexec_file_load", "KEXEC_FILE"), ("handle_sysrq", "MAGIC_SYSRQ"),
    ];

    private readonly Dictionary<string, string> _options = [];

    /// <summary>Where they were read, or null if nowhere.</summary>
    public string? Path { get; private init; }

    /// <summary>Whether what the path has says something of every option.</summary>
    private bool IsWhole => Path is not (null or Symbols);

    /// <summary>Whether an option is on, built in or as a module; null if nothing is known of it.</summary>
    public bool? Has(string option) => _options.TryGetValue(option, out var value) ? value is "y" or "m" : IsWhole ? false : null;

    /// <summary>
    /// Reads the configuration of the running kernel, from <c>/proc/config.gz</c> or <c>/boot/config-RELEASE</c>; where there is
    /// neither, the kernel's own functions tell what some options have brought into it.
    /// </summary>
    public static KernelConfig Read(SystemRoot root)
    {
        var release = Machine.Read(root).Release;
        string[] places =
        [
            "/proc/config.gz",
            $"/boot/config-{release}",
            $"/usr/lib/modules/{release}/config",
            $"/lib/modules/{release}/config",
        ];
        foreach (var place in places.Where(root.HasFile))
        {
            try
            {
                using var file = File.OpenRead(root.Real(place));
                using Stream text = place.EndsWith(".gz", StringComparison.Ordinal)
                    ? new GZipStream(file, CompressionMode.Decompress)
                    : file;
                return Read(place, new StreamReader(text));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException)
            {
                // The next place may do.
            }
        }
        return FromSymbols(root);
    }

    private static KernelConfig FromSymbols(SystemRoot root)
    {
        var config = new KernelConfig { Path = Symbols };
        try
        {
            foreach (var line in File.ReadLines(root.Real(Symbols)))
                config.Take(line);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new KernelConfig();
        }
        if (root.HasFile("/sys/kernel/btf/vmlinux"))
            config._options["DEBUG_INFO_BTF"] = "y";
        return config._options.ContainsKey("PROC_VMCORE") ? config : new KernelConfig();
    }

    // ADDRESS TYPE NAME, and of a module's symbols its name.
    private void Take(string line)
    {
        if (line.Split(' ', 3) is not [_, var type, var name] || name.Contains('\t', StringComparison.Ordinal))
            return;
        if (type is "d" or "D" or "b" or "B" && name is "init_task" or "jiffies_64")
            _options["KALLSYMS_ALL"] = "y";
        foreach (var (function, option) in Telling)
        {
            if (function == name)
                _options[option] = "y";
        }
    }

    private static KernelConfig Read(string place, StreamReader reader)
    {
        var config = new KernelConfig { Path = place };
        while (reader.ReadLine() is { } line)
        {
            if (line.StartsWith("CONFIG_", StringComparison.Ordinal)
                && line.IndexOf('=', StringComparison.Ordinal) is > 0 and var sign)
                config._options[line["CONFIG_".Length..sign]] = line[(sign + 1)..];
        }
        return config;
    }
}
