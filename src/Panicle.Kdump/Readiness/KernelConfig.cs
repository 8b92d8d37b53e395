using System.IO.Compression;

namespace Panicle.Kdump.Readiness;

/// <summary>The options that the running kernel was built with.</summary>
internal sealed class KernelConfig
{
    private readonly Dictionary<string, string> _options = [];

    /// <summary>Where they were read, or null if nowhere.</summary>
    public string? Path { get; private init; }

    /// <summary>Whether an option is on, built in or as a module; null if nothing is known.</summary>
    public bool? Has(string option) => Path is null ? null : _options.GetValueOrDefault(option) is "y" or "m";

    /// <summary>
    /// Reads the configuration of the running kernel, from <c>/proc/config.gz</c> or <c>/boot/config-RELEASE</c>.
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
                using var file = File.OpenRead(root.PathOf(place));
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
        return new KernelConfig();
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
