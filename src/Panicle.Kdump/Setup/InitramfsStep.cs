using Panicle.Kdump.Configuration;
using Panicle.Kdump.Initramfs;

namespace Panicle.Kdump.Setup;

/// <summary>Builds the capture initramfs.</summary>
internal sealed class InitramfsStep(EffectiveConfiguration configuration, string program) : SetupStep
{
    private const string Other = "another file";

    private string FilePath => configuration["initramfs"];

    public override string Description => $"build the capture initramfs: {FilePath}";

    // What it would be made from may have changed; making it takes a second.
    public override bool IsDone(SystemRoot root) => false;

    public override void Do(SystemRoot root, SetupRecord record)
    {
        var plan = CaptureInitramfs.Plan(root, Machine.Read(root).Release, configuration, program);
        record.Add(DeedKind.Image, FilePath, Other, root.HasFile(FilePath) ? Other : "");
        InitramfsStore.Write(plan, root.PathOf(FilePath));
    }
}
