namespace Panicle.Lab;

/// <summary>A form that a dump is kept in, the last part of a cell's name.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Description">How it is made, for people.</param>
/// <param name="Capture">How the guest's dump is brought out for it.</param>
/// <param name="Makedumpfile">
/// The options of makedumpfile that derive it from the unfiltered dump; null if it is one of the files that the capture brings.
/// </param>
public sealed record DumpFormat(string Name, string Description, CaptureKind Capture, string? Makedumpfile)
{
    private const int SplitParts = 3;

    /// <summary>Every form in which dumps are made, the unfiltered one first.</summary>
    public static readonly DumpFormat[] All =
    [
        new("elf", "`/proc/vmcore`, unfiltered", CaptureKind.Header, null),
        new("elf-d31", "filtered, as ELF (`makedumpfile -E`)", CaptureKind.Header, "-E -d 31"),
        new("kdump-raw", "filtered, pages not compressed", CaptureKind.Header, "-d 31"),
        new("kdump-zlib", "filtered, zlib (`-c`)", CaptureKind.Header, "-c -d 31"),
        new("kdump-lzo", "filtered, LZO (`-l`)", CaptureKind.Header, "-l -d 31"),
        new("kdump-snappy", "filtered, snappy (compressed by the lab: Debian's makedumpfile is built without it)",
            CaptureKind.Header, "-d 31")
        {
            Repack = Repack.Snappy,
        },
        new("kdump-zstd", "filtered, zstd (`-z`)", CaptureKind.Header, "-z -d 31"),
        new("kdump-zstd-d1", "only zero pages left out, zstd", CaptureKind.Header, "-z -d 1"),
        new("flat", "filtered, zstd, flattened (`-F`)", CaptureKind.Header, "-F -z -d 31"),
        new("split", $"filtered, zstd, split into {SplitParts} files", CaptureKind.Header,
            "--split --splitblock-size 32 -z -d 31"),
        new("guest-elf", "`/proc/vmcore` copied inside the guest", CaptureKind.GuestCopy, null),
        new("guest-kdump", "makedumpfile run inside the guest (zstd, `-F`, then `-R` outside)", CaptureKind.GuestFilter, null),
        new("qemu-elf", "QEMU's `dump-guest-memory`", CaptureKind.Qemu, null),
        new("qemu-elf-paging", "the same with `-p`: segments for virtual memory", CaptureKind.Qemu, null),
        new("qemu-kdump", "the same with `-z`: kdump-compressed, flattened, unfiltered", CaptureKind.Qemu, null),
    ];

    /// <summary>How its pages are compressed after makedumpfile has left them as they are; null if it does that itself.</summary>
    internal Repack? Repack { get; init; }

    private bool IsSplit => Makedumpfile?.Contains("--split", StringComparison.Ordinal) == true;

    /// <summary>The names of its files, in a crash's directory.</summary>
    public IReadOnlyList<string> FileNames =>
        IsSplit ? [.. Enumerable.Range(1, SplitParts).Select(part => $"{Name}.{part}.vmcore")] : [$"{Name}.vmcore"];

    /// <summary>Makes its files from the unfiltered dump.</summary>
    internal void Derive(string elf, string directory)
    {
        using var scratch = new Scratch();
        var made = FileNames.Select(scratch.PathOf).ToArray();
        var options = Makedumpfile!.Split(' ');
        var tools = ToolRoot.Open(Suite.Sid);
        if (options.Contains("-F"))
            Shell.Script("input=\"$1\"; output=\"$2\"; shift 2; \"$@\" \"$input\" >\"$output\"",
                [elf, made[0], .. tools.CommandFor("makedumpfile"), .. options]);
        else
            tools.Run("makedumpfile", [.. options, "--message-level", "5", elf, .. made]);
        if (Repack is not null)
        {
            Repack.Run(made[0], $"{made[0]}.packed");
            File.Move($"{made[0]}.packed", made[0], overwrite: true);
        }
        foreach (var file in made)
            File.Move(file, Path.Combine(directory, Path.GetFileName(file)), overwrite: true);
    }
}
