namespace Panicle.Cli.Tests.Commands;

/// <summary>
/// The lines that two well-known articles on kernel crashes type into crash and gdb ("Debug Linux crash with kdump", "The
/// Anatomy of a Linux Kernel Crash"), in their order, as typed there but for addresses and PIDs.
/// </summary>
public sealed class SeedArticlesTests
{
    [Fact]
    public void Debugging_a_sysrq_crash_with_kdump()
    {
        using var dump = SampleDump.Sysrq();

        var header = dump.Run("sys").Output;
        foreach (var label in (string[])["KERNEL", "DUMPFILE", "CPUS", "DATE", "UPTIME", "LOAD AVERAGE", "TASKS", "NODENAME",
            "RELEASE", "VERSION", "MACHINE", "MEMORY", "PANIC", "PID", "COMMAND", "TASK", "CPU", "STATE"])
            Assert.Contains($"{label}: ", header);
        Assert.Contains("PANIC: \"Kernel panic - not syncing: sysrq triggered crash\"", header);
        Assert.Contains("[PARTIAL DUMP", header);
        Assert.Contains("STATE: TASK_RUNNING (PANIC)", header);

        foreach (var log in (string[])["log", "dmesg"])
        {
            var lines = dump.Run(log).Output;
            Assert.Contains("sysrq: Trigger a crash", lines);
            Assert.Contains("Kernel panic - not syncing: sysrq triggered crash", lines);
        }

        var memory = dump.Run("kmem -i").Output;
        foreach (var row in (string[])["TOTAL MEM", "FREE", "USED", "SHARED", "BUFFERS", "CACHED", "SLAB", "TOTAL HUGE",
            "HUGE FREE", "TOTAL SWAP", "SWAP USED", "SWAP FREE", "COMMIT LIMIT", "COMMITTED"])
            Assert.Matches($@"(?m)^ *{row} +\d+ ", memory);

        // The article's backtrace has stale frames in it; the kernel's own trace has these.
        var trace = dump.Run("bt").Lines;
        Assert.Equal(
            ["__crash_kexec", "panic", "sysrq_handle_crash", "__handle_sysrq", "write_sysrq_trigger", "proc_reg_write",
                "vfs_write", "ksys_write", "do_syscall_64", "entry_SYSCALL_64_after_hwframe"],
            trace.Where(line => line.TrimStart().StartsWith('#')).Select(line => line.Split("] ")[1].Split(' ')[0]));
        Assert.Contains("ORIG_RAX: 0000000000000001  CS: 0033  SS: 002b", trace[^1]); // write(2) from user mode

        var address = trace.First(line => line.Contains(" sysrq_handle_crash at ", StringComparison.Ordinal)).Split(" at ")[1]
            .Split(' ')[0];
        var symbol = dump.Run($"sym {address}").Output;
        Assert.Matches($@"^{address} \(t\) sysrq_handle_crash\+\d+ ", symbol);
        Assert.Contains("source line", symbol); // Says where it would come from.
        var place = symbol.Split(' ')[2];
        Assert.StartsWith($"0x{address} <{place}>:", dump.Run($"dis -l {place}").Output);

        var pid = trace[0].Split(' ', StringSplitOptions.RemoveEmptyEntries)[1];
        var parents = dump.Run($"ps -p {pid}").Lines;
        Assert.Contains("COMMAND: \"swapper/0\"", parents[0]);
        Assert.Contains($"PID: {pid} ", parents[^1]);
        Assert.Contains("COMMAND: \"witness\"", parents[^1]);

        var files = dump.Run("files").Output;
        Assert.Contains("ROOT: /    CWD: /", files);
        Assert.Contains("REG  /proc/sysrq-trigger", files);
    }

    [Fact]
    public void The_anatomy_of_a_null_pointer_dereference()
    {
        using var dump = SampleDump.NullDeref();

        Assert.Contains("crashme_null_deref", dump.Run("bt").Output);

        var task = dump.Run("p *current");
        Assert.Equal(0, task.ExitCode);
        Assert.Contains("comm = \"witness\"", task.Output);

        var zero = dump.Run("x/10xw 0x0");
        Assert.Equal(1, zero.ExitCode);
        Assert.Contains("0x0 is not mapped", zero.Errors);
        Assert.Contains("NULL", zero.Errors);

        Assert.Contains(
            dump.Run("ps").Lines, line => line.StartsWith('>') && line.EndsWith(" witness", StringComparison.Ordinal));
        Assert.Contains("memory_fops", dump.Run("dev").Output);
        Assert.Contains("TOTAL MEM", dump.Run("kmem -i").Output);
    }
}
