using System.Text.Json.Serialization.Metadata;
using Panicle.Kdump;

namespace Panicle.Cli.Verbs.Kdump;

/// <summary>kdump reload: builds the initramfs anew and loads the capture kernel with it.</summary>
internal sealed class ReloadVerb : Command<LoadResult>
{
    /// <inheritdoc/>
    public override CommandInfo Info { get; } = new(
        "kdump reload", "builds the initramfs anew and loads the capture kernel with it")
    {
        Options = [Option.Flag("--dry-run", "say what would be loaded")],
        Description = """
            For after a change of the configuration, the kernel or the hardware. The one that is loaded is replaced in one
            step: a crash meanwhile is captured by the old one.
            """,
        Examples =
        [
            new("panicle kdump reload --dry-run", """
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
    protected override LoadResult Execute(CommandContext context, ParsedArguments arguments) => Failures.Of(() =>
    {
        if (!arguments.Has("--dry-run"))
            InitramfsVerb.Build(SystemRoot.Live, new ParsedArguments(new InitramfsVerb().Info, []));
        return CaptureLoading.Load(arguments.Has("--dry-run"), withoutBuild: true);
    });

    /// <inheritdoc/>
    protected override void WriteText(LoadResult result, View view, TextOutput output) => CaptureLoading.Write(result, output);
}
