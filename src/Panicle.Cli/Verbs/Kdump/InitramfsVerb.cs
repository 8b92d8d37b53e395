using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Panicle.Formats.Json;
using Panicle.Kdump;
using Panicle.Kdump.Configuration;
using Panicle.Kdump.Initramfs;

namespace Panicle.Cli.Verbs.Kdump;

/// <summary>A capture initramfs. Sizes in bytes.</summary>
/// <param name="Path">Where it was written.</param>
/// <param name="Size">Its size as a file; 0 if it wasn't written.</param>
/// <param name="Unpacked">Its size in the capture kernel's memory.</param>
/// <param name="Release">The kernel that its modules are for.</param>
/// <param name="Target">The target, as the capture kernel finds it.</param>
/// <param name="Files">What is in it.</param>
/// <param name="Missing">Modules that it should have and that aren't there.</param>
internal sealed record InitramfsResult(
    string Path, long Size, long Unpacked, string Release, string Target, IReadOnlyList<InitramfsFile> Files,
    IReadOnlyList<string> Missing);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true,
    Converters = [typeof(WideUInt64Converter), typeof(WideInt64Converter)])]
[JsonSerializable(typeof(InitramfsResult))]
internal sealed partial class InitramfsJson : JsonSerializerContext;

/// <summary>kdump initramfs: builds the capture initramfs.</summary>
internal sealed class InitramfsVerb : Command<InitramfsResult>
{
    /// <inheritdoc/>
    public override CommandInfo Info { get; } = new("kdump initramfs", "builds the capture kernel's initramfs")
    {
        Options =
        [
            Option.Value("-o", "FILE", "where to; without it, where the configuration says", Completes.Files),
            Option.Value("--kernel", "RELEASE", "for this kernel instead of the running one"),
            Option.Value("--program", "FILE", "the panicle to put into it", Completes.Files),
            Option.Flag("--dry-run", "say what would be in it and write nothing"),
            Roots.Option,
        ],
        Finding = "a module that the target needs isn't there",
        Description = """
            Writes an initramfs that is Panicle itself as /init, the modules that drive the target (its disk or network
            interface with everything up to the processor, and its file system) with all that they depend on, and the
            configuration. Device names are turned into UUIDs and servers' names into addresses, since the capture
            kernel can look up neither. For ssh and https targets the system's ssh and curl go in with their libraries.
            """,
        Examples =
        [
            new("panicle kdump initramfs", """
                for Linux 6.12.117+deb12-cloud-amd64, to save to UUID=34b30af3-20a2-40a8-bf9f-91090b853eaa:/var/crash
                       size  file                       for
                    15.5 MB  init                       what captures
                    72.1 KB  lib/modules/virtio_blk.ko  /dev/vda
                   11 bytes  lib/modules/order          the order of loading
                  181 bytes  etc/panicle.conf           the configuration
                /var/lib/panicle/capture.img: 7.1 MB, 15.6 MB unpacked
                """),
        ],
    };

    /// <inheritdoc/>
    protected override JsonTypeInfo<InitramfsResult> JsonType => InitramfsJson.Default.InitramfsResult;

    /// <inheritdoc/>
    protected override InitramfsResult Execute(CommandContext context, ParsedArguments arguments) =>
        Failures.Of(() => Build(Roots.From(arguments), arguments));

    /// <summary>Builds one where the configuration wants it.</summary>
    internal static InitramfsResult Build(SystemRoot root, ParsedArguments arguments)
    {
        var configuration = EffectiveConfiguration.Read(root);
        var program = arguments.Value("--program") ?? PanicleProgram.Find()
            ?? throw new CommandException(
                "this is an ordinary build of panicle, which can't run by itself in an initramfs: "
                    + "give a native one with --program (./panicle --static builds it)");
        var release = arguments.Value("--kernel") ?? Machine.Read(root).Release;
        var plan = CaptureInitramfs.Plan(root, release, configuration, program);
        var path = arguments.Value("-o") ?? root.PathOf(configuration["initramfs"]);
        var size = arguments.Has("--dry-run") ? 0 : InitramfsStore.Write(plan, path);
        return new(
            path, size, plan.Files.Sum(file => file.Size), release, plan.Configuration.Target.Shown, plan.Files, plan.Missing);
    }

    /// <inheritdoc/>
    protected override void WriteText(InitramfsResult result, View view, TextOutput output)
    {
        output.Line($"for Linux {result.Release}, to save to {result.Target}");
        var table = new TextTable(Column.Right("size"), Column.Left("file"), Column.Left("for"));
        foreach (var file in result.Files)
            table.Row(Sizes.Rounded((ulong)file.Size), file.Path, file.For);
        table.WriteTo(output, indent: "  ");
        foreach (var missing in result.Missing)
            output.Line($"! there is no module {missing}");
        output.Line(result.Size == 0
            ? $"{Sizes.Rounded((ulong)result.Unpacked)}; nothing was written"
            : $"{result.Path}: {Sizes.Rounded((ulong)result.Size)}, {Sizes.Rounded((ulong)result.Unpacked)} unpacked");
    }

    /// <inheritdoc/>
    protected override int ExitCodeOf(InitramfsResult result, View view) =>
        result.Missing.Count > 0 ? ExitCode.Finding : ExitCode.Done;
}
