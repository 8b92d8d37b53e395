using Panicle.Kdump.Configuration;
using Panicle.Kdump.Initramfs;

namespace Panicle.Kdump.Setup;

/// <summary>Builds the capture initramfs.</summary>
internal sealed class InitramfsStep(EffectiveConfiguration configuration, string program) : SetupStep
{
    private string FilePath => configuration["initramfs"];

    public override string Description => $"build the capture initramfs: {FilePath}";

    public override string Undoing => $"remove {FilePath}";

    // What it would be made from may have changed; making it takes a second.
    public override bool IsDone(SystemRoot root) => false;

    public override void Do(SystemRoot root)
    {
        var plan = CaptureInitramfs.Plan(root, Machine.Read(root).Release, configuration, program);
        InitramfsStore.Write(plan, root.PathOf(FilePath));
    }

    public override void Undo(SystemRoot root) => File.Delete(root.PathOf(FilePath));
}
