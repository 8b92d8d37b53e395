namespace Panicle.Kdump.Capture;

/// <summary>What is done when nothing is left to be done: reboot(2).</summary>
internal static class FinalAction
{
    private const int Restart = 0x01234567; // RB_AUTOBOOT
    private const int PowerOff = 0x4321fedc; // RB_POWER_OFF
    private const int Halt = unchecked((int)0xcdef0123); // RB_HALT_SYSTEM

    /// <summary>The shells that are looked for: a busybox brings programs of its own, and is better than a shell alone.</summary>
    public static readonly string[] Shells = ["/bin/busybox", "/bin/sh"];

    private static readonly TimeSpan SyncTime = TimeSpan.FromSeconds(30);

    /// <summary>Does it. Doesn't come back, except where the kernel refuses.</summary>
    public static void Do(string action, CaptureLog log)
    {
        log.Say($"final action: {action}");
        if (action == "shell")
            action = RunShell(log);
        // A device that answers no more must not hold up the reboot.
        Task.Run(Native.Sync).Wait(SyncTime);
        _ = Native.Reboot(action switch { "poweroff" => PowerOff, "halt" => Halt, _ => Restart });
        _ = Native.Reboot(Restart);
        Thread.Sleep(Timeout.Infinite); // The first process must not end.
    }

    private static string RunShell(CaptureLog log)
    {
        var shell = Shells.FirstOrDefault(File.Exists);
        if (shell is null)
        {
            log.Say("there is no shell in this initramfs");
            return "reboot";
        }
        using var process = System.Diagnostics.Process.Start(
            shell, shell.EndsWith("busybox", StringComparison.Ordinal) ? ["sh"] : []);
        process.WaitForExit();
        return "reboot";
    }
}
