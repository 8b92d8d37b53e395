using Panicle.Kdump.Configuration;
using Panicle.Kdump.Initramfs;

namespace Panicle.Kdump.Setup;

/// <summary>Builds the capture initramfs.</summary>
internal sealed class InitramfsStep(EffectiveConfiguration configuration, string? program) : SetupStep
{
    private const string Other = "another file";

    private string FilePath => configuration["initramfs"];

    public override string Description => $"build the capture initramfs: {FilePath}";

    // What it would be made from may have changed; making it takes a second. What can't be made stays as it is.
    public override bool IsDone(SystemRoot root) => program is null && root.HasFile(FilePath);

    public override void Check(SystemRoot root) => Plan(root);

    private CaptureInitramfs Plan(SystemRoot root) => program is null
        ? throw new StepLeftException(SetupOutcome.Skipped,
            "it is built with a panicle that runs by itself, and this one doesn't: install panicle-static beside it")
        : CaptureInitramfs.Plan(root, Machine.Read(root).Release, configuration, program);

    public override void Do(SystemRoot root, SetupRecord record)
    {
        var plan = Plan(root);
        record.Add(DeedKind.Image, FilePath, Other, root.HasFile(FilePath) ? Other : "");
        InitramfsStore.Write(plan, root.PathOf(FilePath));
    }
}
