namespace Panicle.Kdump.Loading;

/// <summary>Where kernels' images lie.</summary>
public static class InstalledImage
{
    /// <summary>The image of a release, as the system names it; null if it is in none of the usual places.</summary>
    public static string? Find(SystemRoot root, string release)
    {
        string[] candidates =
        [
            $"/boot/vmlinuz-{release}", $"/usr/lib/modules/{release}/vmlinuz", $"/lib/modules/{release}/vmlinuz",
            $"/boot/Image-{release}",
            $"/boot/vmlinux-{release}", $"/boot/image-{release}", $"/boot/kernel-{release}",
        ];
        return candidates.FirstOrDefault(root.HasFile);
    }
}
