namespace Panicle.Kdump.Loading;

/// <summary>What the running kernel says of its capture kernel (<c>/sys/kernel/kexec*</c>).</summary>
/// <param name="IsLoaded">Whether one is loaded; null if the kernel doesn't say (no kexec in it, or no /sys).</param>
/// <param name="Reserved">How much memory is reserved, in bytes; null likewise.</param>
/// <param name="FollowsHotplug">Whether the kernel itself keeps it current when memory or CPUs come and go (6.6).</param>
public sealed record KexecState(bool? IsLoaded, ulong? Reserved, bool FollowsHotplug)
{
    /// <summary>Reads <c>/sys/kernel/kexec_*</c> and what kernels since 6.18 have in <c>/sys/kernel/kexec/</c>.</summary>
    public static KexecState Read(SystemRoot root)
    {
        // Since 6.18 or so they have a directory of their own, beside the old names.
        var loaded = root.ReadNumber("/sys/kernel/kexec_crash_loaded") ?? root.ReadNumber("/sys/kernel/kexec/crash_loaded");
        var size = root.ReadNumber("/sys/kernel/kexec_crash_size") ?? root.ReadNumber("/sys/kernel/kexec/crash_size");
        var hotplug = root.ReadNumber("/sys/devices/system/cpu/crash_hotplug") is 1
            && root.ReadNumber("/sys/devices/system/memory/crash_hotplug") is null or 1;
        return new KexecState(loaded is null ? null : loaded == 1, size is null or < 0 ? null : (ulong)size, hotplug);
    }
}
