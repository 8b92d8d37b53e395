using Panicle.Kdump.Configuration;
using Panicle.Kdump.Initramfs;
using Panicle.Kdump.Retention;
using Panicle.Kdump.Targets;
using Panicle.Kernel;

namespace Panicle.Kdump.Capture;

/// <summary>
/// The first process of a capture kernel: Panicle as <c>/init</c>. Whatever happens, it ends with the configured final action;
/// and it never waits for anything without end.
/// </summary>
public static class CaptureInit
{
    private const int FirstProcess = 1;

    /// <summary>Whether this process is one.</summary>
    public static bool IsOurs => Environment.ProcessId == FirstProcess && (Environment.ProcessPath is null or "/init");

    /// <summary>Runs it. Doesn't come back.</summary>
    /// <param name="report">Writes what happened, in short, as text.</param>
    public static int Run(Action<KernelDump, TextWriter> report)
    {
        var log = new CaptureLog();
        var action = "reboot";
        try
        {
            MountSystem();
            if (CaptureOrigin.Read(SystemRoot.Live) is { Host.Length: > 0 } origin)
                log.Say(OwnCrashes.HostLine(origin.Host)); // First of all: by that its directory is known later.
            var machine = Machine.Read(SystemRoot.Live);
            var cpus = Environment.ProcessorCount == 1 ? "1 CPU" : $"{Environment.ProcessorCount} CPUs";
            log.Say($"capture kernel {machine.Release}, {cpus}, {machine.Memory >> 20} MB: {MemoryWatch.Now}");
            var path = $"/{CaptureInitramfs.ConfigurationPath}";
            var configuration = EffectiveConfiguration.Parse(path, SystemRoot.Live.TryRead(path) ?? "");
            action = configuration["failure-action"];
            ModuleLoader.LoadAll(log);
            if (!File.Exists("/proc/vmcore"))
                log.Say("there is no /proc/vmcore: this is no capture kernel, or it was given no elfcorehdr=");
            else
            {
                using var run = new CaptureRun(configuration, log, report);
                if (run.Run())
                    action = configuration["final-action"];
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or TargetException or FormatException)
        {
            log.Say($"the capture failed: {e.Message}");
        }
        catch (Exception e)
        {
            log.Say($"the capture failed, and this is a bug in panicle: {e}");
        }
        FinalAction.Do(action, log);
        return 0;
    }

    private static void MountSystem()
    {
        foreach (var (type, path) in new[] { ("proc", "/proc"), ("sysfs", "/sys"), ("devtmpfs", "/dev"), ("tmpfs", "/tmp") })
        {
            Directory.CreateDirectory(path);
            _ = Native.Mount(type, path, type, 0, null);
        }
    }
}
