using Panicle.Kdump.Loading;

namespace Panicle.Kdump.Readiness;

/// <summary>The capture kernel's image and initramfs: there, and not older than what they were made from.</summary>
internal sealed class ImageCheck : Check
{
    public override string Name => "image";

    public override IEnumerable<CheckResult> Run(CheckContext context)
    {
        var root = context.Root;
        var image = context.Configuration["kernel"] is { Length: > 0 } given
            ? given
            : InstalledImage.Find(root, context.Machine.Release);
        if (Problem(context, image) is { } problem)
            yield return new CheckResult("image", CheckState.Warning, problem,
                "the capture kernel can't be loaded (again)", "set kernel in /etc/panicle.conf");
        else
            yield return new CheckResult("image", CheckState.Good, image!);
        var initramfs = context.Configuration["initramfs"];
        if (!root.HasFile(initramfs))
        {
            var other = Others(context).FirstOrDefault(root.HasFile);
            yield return other is null
                ? new CheckResult("initramfs", CheckState.Warning, $"{initramfs} isn't there", "panicle kdump load builds it",
                    "panicle kdump initramfs")
                : new CheckResult("initramfs", CheckState.Note, other, "the distribution's, not Panicle's");
            yield break;
        }
        var built = File.GetLastWriteTimeUtc(root.PathOf(initramfs));
        var newer = context.Configuration.Files.Select(file => file.Path).Append(image ?? "")
            .FirstOrDefault(path => root.HasFile(path) && File.GetLastWriteTimeUtc(root.PathOf(path)) > built);
        yield return newer is null
            ? new CheckResult("initramfs", CheckState.Good, $"{initramfs}, of {built:yyyy-MM-dd HH:mm}")
            : new CheckResult("initramfs", newer == image ? CheckState.Warning : CheckState.Unknown,
                $"{initramfs} is older than {newer}", "a capture would still do as it was told before", "panicle kdump reload");
    }

    private static string? Problem(CheckContext context, string? image) =>
        image is null && context.Machine.Release.Length == 0 ? "nothing tells which Linux is running, nor where its image is"
        : image is null ? $"no image of Linux {context.Machine.Release} in the usual places"
        : !context.Root.HasFile(image) ? $"{image} isn't there"
        : new FileInfo(context.Root.Real(image)).Length == 0 ? $"{image} is empty"
        : null;

    private static string[] Others(CheckContext context) =>
    [
        "/var/lib/kdump/initrd.img",
        $"/boot/initramfs-{context.Machine.Release}kdump.img",
        $"/boot/initrd-{context.Machine.Release}-kdump",
        "/var/lib/kdump/initrd",
    ];
}
