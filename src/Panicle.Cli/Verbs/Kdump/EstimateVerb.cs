using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Panicle.Formats.Json;
using Panicle.Kdump;
using Panicle.Kdump.Configuration;
using Panicle.Kdump.Crashkernel;

namespace Panicle.Cli.Verbs.Kdump;

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true,
    Converters = [typeof(WideUInt64Converter), typeof(WideInt64Converter)])]
[JsonSerializable(typeof(ReservationEstimate))]
internal sealed partial class EstimateJson : JsonSerializerContext;

/// <summary>kdump estimate: how much memory to reserve.</summary>
internal sealed class EstimateVerb : Command<ReservationEstimate>
{
    /// <inheritdoc/>
    public override CommandInfo Info { get; } = new(
        "kdump estimate", "how much memory to reserve for the capture kernel, and why")
    {
        Options =
        [
            Option.Size("--ram", "for a machine with this much memory (64G)"),
            Option.Number("--cpus", "N", "for a capture kernel that starts this many CPUs"),
            Option.Value("--machine", "ARCH", "for this architecture, as uname -m says it"),
            Roots.Option,
        ],
        Description = """
            Adds up what a capture with Panicle's own initramfs takes: the kernel, the initramfs, what the kernel and the
            saving allocate, and what grows with the machine's memory and the capture kernel's CPUs. Beside it stands what
            the distributions and the usual formula would reserve here. The last line is ready for the kernel's command
            line; 'kdump setup' writes it there.
            """,
        Examples =
        [
            new("panicle kdump estimate", """
                767.5 MB of memory, x86_64, 1 CPU in the capture kernel

                   55.9 MB  the kernel                         /boot/vmlinuz-6.12.117+deb12-cloud-amd64 says so (init_size)
                     19 MB  the initramfs, unpacked            the root file system, in memory: typical; it isn't built yet
                     36 MB  what the kernel allocates          drivers, caches, tables: 18 to 36 MB measured
                     30 MB  saving the dump                    15 to 23 MB measured
                     48 KB  page bitmaps and the vmcore's map  two bits for each page of the machine's memory: 64 MB for each TB
                    2.2 MB  page structures                    64 bytes for each of its own pages
                  143.1 MB  needed

                Others would reserve
                   0 bytes  RHEL 8 and 9       1G-4G:192M,4G-64G:256M,64G-:512M
                   0 bytes  RHEL 10            2G-64G:256M,64G-:512M
                    128 MB  Debian 12          384M-:128M
                    173 MB  the usual formula  161 MB + 64 MB × 0 TB of memory + 12 MB × 1 CPUs of the capture kernel

                A tenth more than needed, rounded up: crashkernel=160M
                """),
        ],
    };

    /// <inheritdoc/>
    protected override JsonTypeInfo<ReservationEstimate> JsonType => EstimateJson.Default.ReservationEstimate;

    /// <inheritdoc/>
    protected override ReservationEstimate Execute(CommandContext context, ParsedArguments arguments) =>
        Failures.Of(() => Estimate(arguments));

    private static ReservationEstimate Estimate(ParsedArguments arguments)
    {
        var root = Roots.From(arguments);
        var machine = Machine.Read(root);
        if (arguments.Size("--ram") is { } ram)
            machine = machine with { Memory = ram };
        if (arguments.Value("--machine") is { } architecture)
            machine = machine with { Architecture = architecture };
        var configuration = EffectiveConfiguration.Read(root);
        if (arguments.Value("--cpus") is { } cpus)
            configuration = configuration.With("cpus", cpus);
        if (machine.Memory == 0)
            throw new CommandException("nothing tells how much memory that machine has: give --ram");
        return ReservationEstimate.Of(root, machine, configuration);
    }

    /// <inheritdoc/>
    protected override void WriteText(ReservationEstimate result, View view, TextOutput output)
    {
        output.Line(
            $"{Sizes.Rounded(result.Machine.Memory)} of memory, {result.Machine.Architecture}, "
                + $"{result.CaptureCpus} CPU{(result.CaptureCpus == 1 ? "" : "s")} in the capture kernel");
        output.Line();
        var parts = new TextTable(Column.Right("", 8), Column.Left(""), Column.Left(""));
        foreach (var part in result.Parts)
            parts.Row(Sizes.Rounded(part.Bytes), part.What, part.Why);
        parts.Row(Sizes.Rounded(result.Needed), "needed", "");
        parts.WriteTo(output, headings: false, indent: "  ");
        output.Line();
        output.Line("Others would reserve");
        var others = new TextTable(Column.Right("", 8), Column.Left(""), Column.Left(""));
        foreach (var other in result.Others)
            others.Row(Sizes.Rounded(other.Bytes), other.Source, other.How);
        others.WriteTo(output, headings: false, indent: "  ");
        output.Line();
        output.Line($"A tenth more than needed, rounded up: {result.Argument}");
    }
}
