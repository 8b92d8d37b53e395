namespace Panicle.Kdump.Readiness;

/// <summary>
/// What else acts when the kernel panics: pstore, netconsole, notifiers that run before the capture, other kdump services.
/// </summary>
internal sealed class OtherUsersCheck : Check
{
    private static readonly string[] Services = ["kdump-tools.service", "kdump.service"];

    public override string Name => "services";

    public override IEnumerable<CheckResult> Run(CheckContext context)
    {
        var root = context.Root;
        if (root.ReadLine("/sys/module/pstore/parameters/backend") is { Length: > 0 } and not "(null)" and var backend)
            yield return new CheckResult("pstore", CheckState.Note, $"backend {backend}",
                "the log's end is kept there too, when no capture kernel takes over first");
        if (root.DirectoriesIn("/sys/kernel/config/netconsole").Count > 0 || root.HasDirectory("/sys/module/netconsole"))
            yield return new CheckResult("netconsole", CheckState.Note, "on", "the log goes over the network as it is printed");
        if (root.ReadLine("/sys/module/kernel/parameters/crash_kexec_post_notifiers") is "Y" or "1")
            yield return new CheckResult("notifiers", CheckState.Warning, "crash_kexec_post_notifiers is on",
                "panic notifiers run before the capture kernel starts; a broken one prevents the capture",
                "leave it off unless something (a hypervisor's driver, pstore) needs it");
        foreach (var service in Services.Where(service =>
            root.FilesIn("/etc/systemd/system/multi-user.target.wants").Any(path => Path.GetFileName(path) == service)))
            yield return new CheckResult(
                "services", CheckState.Unknown, $"{service} is enabled",
                "it loads the distribution's own capture kernel, and whichever was loaded last counts: the kernel doesn't "
                    + "say which",
                $"systemctl disable {service}, to leave it to Panicle");
    }
}
