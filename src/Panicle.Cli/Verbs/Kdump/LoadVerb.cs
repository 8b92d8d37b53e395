using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Panicle.Formats.Json;
using Panicle.Kdump;
using Panicle.Kdump.Configuration;
using Panicle.Kdump.Loading;
using Panicle.Kdump.Rehearsal;

namespace Panicle.Cli.Verbs.Kdump;

/// <param name="Kernel">Its image.</param>
/// <param name="Initramfs">Its initramfs.</param>
/// <param name="CommandLine">Its command line.</param>
/// <param name="IsLoaded">Whether it is loaded now.</param>
/// <param name="Missing">Modules that the initramfs should have and that aren't there, where it was built just now.</param>
internal sealed record LoadResult(
    string Kernel, string Initramfs, string CommandLine, bool IsLoaded, IReadOnlyList<string> Missing);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true,
    Converters = [typeof(WideUInt64Converter), typeof(WideInt64Converter)])]
[JsonSerializable(typeof(LoadResult))]
internal sealed partial class LoadJson : JsonSerializerContext;

/// <summary>kdump load: loads the capture kernel.</summary>
internal sealed class LoadVerb : Command<LoadResult>
{
    /// <inheritdoc/>
    public override CommandInfo Info { get; } = new("kdump load", "loads the capture kernel, so that a crash is captured")
    {
        Options =
        [
            Option.Flag("--dry-run", "say what would be loaded"),
            Option.Flag("--segments", "use the older kexec_load(2)"),
            Option.Flag("--no-build", "take the initramfs that is there, however old"),
        ],
        Description = """
            Loads the kernel of the configuration (the running one's image, unless it names another) with Panicle's
            initramfs into the reserved memory, by kexec_file_load(2), called directly, or by kexec_load(2) on kernels
            that lack it. The initramfs is built first where it isn't there.
            """,
        Examples =
        [
            new("panicle kdump load", """
                kernel        /boot/vmlinuz-6.12.117+deb12-cloud-amd64
                initramfs     /var/lib/panicle/capture.img
                command line  console=ttyS0 tsc=reliable panic_on_oops=1 nr_cpus=1 panic=10 irqpoll reset_devices mce=off ...
                A capture kernel is loaded.
                """),
        ],
    };

    /// <inheritdoc/>
    protected override JsonTypeInfo<LoadResult> JsonType => LoadJson.Default.LoadResult;

    /// <inheritdoc/>
    protected override LoadResult Execute(CommandContext context, ParsedArguments arguments) =>
        Failures.Of(() =>
            CaptureLoading.Load(arguments.Has("--dry-run"), arguments.Has("--no-build"), arguments.Has("--segments")));

    /// <inheritdoc/>
    protected override void WriteText(LoadResult result, View view, TextOutput output) => CaptureLoading.Write(result, output);
}

/// <summary>What load and reload share.</summary>
internal static class CaptureLoading
{
    /// <summary>Loads the configured capture kernel.</summary>
    public static LoadResult Load(bool isDryRun, bool withoutBuild, bool bySegments = false)
    {
        var root = SystemRoot.Live;
        var configuration = EffectiveConfiguration.Read(root);
        var machine = Machine.Read(root);
        var kernel = configuration["kernel"] is { Length: > 0 } given ? given : InstalledImage.Find(root, machine.Release)
            ?? throw new CommandException(
                $"the image of Linux {machine.Release} is in none of the usual places: set kernel in /etc/panicle.conf");
        var initramfs = configuration["initramfs"];
        var commandLine = CaptureCommandLine.For(configuration, root, machine.Architecture);
        IReadOnlyList<string> missing = [];
        if (!isDryRun)
        {
            if (!withoutBuild && !File.Exists(initramfs))
                missing = InitramfsVerb.Build(root, new ParsedArguments(new InitramfsVerb().Info, [])).Missing;
            // What can't do its work isn't loaded: "a capture kernel is loaded" would be believed.
            var rehearsal = CaptureRehearsal.Run(root, initramfs);
            if (rehearsal.Works == false)
                throw new CommandException(
                    $"{initramfs} can't do what it is for: {rehearsal.Found}. No capture kernel was loaded: mend that, then "
                        + "panicle kdump initramfs and panicle kdump load");
            if (bySegments)
                CaptureKernel.LoadSegments(kernel, initramfs, commandLine);
            else
                CaptureKernel.Load(kernel, initramfs, commandLine);
            LoadRecord.Write(root, initramfs, rehearsal.Works == true ? rehearsal.Found : "");
        }
        return new LoadResult(kernel, initramfs, commandLine, KexecState.Read(root).IsLoaded ?? false, missing);
    }

    /// <summary>Says what was, or would be, loaded.</summary>
    public static void Write(LoadResult result, TextOutput output)
    {
        output.Line($"kernel        {result.Kernel}");
        output.Line($"initramfs     {result.Initramfs}");
        output.Line($"command line  {result.CommandLine}");
        foreach (var missing in result.Missing)
            output.Line($"! there is no module {missing}");
        output.Line(result.IsLoaded ? "A capture kernel is loaded." : "No capture kernel is loaded.");
    }
}
