using Panicle.Logs.Events;

namespace Panicle.Logs.Tests.Events;

/// <summary>Who was running where, on what kernel, in the forms that kernels have said it in.</summary>
public class ContextTests
{
    public static TheoryData<string, string> Forms => new()
    {
        { "CPU: 3 UID: 0 PID: 77 Comm: feeder Tainted: G           OE      6.14.2-1 #1", "3 77 feeder OE 6.14.2-1" },
        { "CPU: 3 PID: 77 Comm: a b c Not tainted 5.4.0-rc1+ #1", "3 77 a b c  5.4.0-rc1+" },
        { "CPU: 3 PID: 77 Comm: feeder", "3 77 feeder - -" },
        { "CPU: 3 PID: 77 Comm: feeder Kdump: loaded Tainted: P        W  O L ------------ T 3.10.0-957.el7.x86_64 #1",
            "3 77 feeder PWOL 3.10.0-957.el7.x86_64" },
        { "CPU: 3 PID: 77 Comm: feeder Tainted: G               ------------   3.10.0-957.el7.x86_64 #1",
            "3 77 feeder  3.10.0-957.el7.x86_64" },
        { "CPU: 3 PID: 77 Comm: feeder Tainted: G S      W         5.4.1-Käse🧀-x #1", "3 77 feeder SW 5.4.1-Käse🧀-x" },
        { "Pid: 77, comm: feeder Not tainted 2.6.32-71.el6.x86_64 #1", "- 77 feeder  2.6.32-71.el6.x86_64" },
        { "Pid: 77, comm: feeder Tainted: P        W  O 3.2.0-4-amd64 #1 Vendor Model/Board", "- 77 feeder PWO 3.2.0-4-amd64" },
        { "CPU: 1    Not tainted  (2.6.35.14 #2)", "1 - -  2.6.35.14" },
        { "      Tainted: P      D W  OE     5.10.0-8-amd64 #1 Debian", "- - - PDWOE 5.10.0-8-amd64" },
        { "4.1.0-rc2 #12 Tainted: G        W", "- - - W 4.1.0-rc2" },
        { "EFLAGS: 00210246   (2.6.24-19-generic #1)", "- - - - 2.6.24-19-generic" },
        { "BUG: scheduling while atomic: irq/44-foo/bar/77/0x00000102", "- 77 irq/44-foo/bar - -" },
        { "BUG: Bad page map in process feeder  pte:8000 pmd:12", "- - feeder - -" },
        { "BUG: using smp_processor_id() in preemptible [00000000] code: feeder/77", "- 77 feeder - -" },
        { "in_atomic(): 1, irqs_disabled(): 0, non_block: 0, pid: 77, name: feeder", "- 77 feeder - -" },
        { "kworker/1:2/77 is trying to acquire lock:", "- 77 kworker/1:2 - -" },
        { "swapper/0/1 [HC0[0]:SC0[0]:HE1:SE1] takes:", "- 1 swapper/0 - -" },
        { "Read of size 8 at addr ffff888100000000 by task feeder/77", "- 77 feeder - -" },
        { "BUG: spinlock bad magic on CPU#2, feeder/77", "2 77 feeder - -" },
        { "Process feeder (pid: 77, threadinfo ffff88000, task ffff8800)", "- 77 feeder - -" },
        { "WARNING: net/core/dev.c:12 at skb_x+0x1/0x2, CPU#11: feeder/77", "11 77 feeder - -" },
        { "WARNING: CPU: 11 PID: 77 at lib/refcount.c:28 refcount_warn_saturate+0x1/0x2", "11 77 - - -" },
        { "CPU 11 ", "11 - - - -" },
        { "rcu:     11-...!: (0 ticks this GP) idle=cf8/0/0x0 softirq=20/20 fqs=0", "11 - - - -" },
        { "rcu:     11-...0: (1 GPs behind) idle=cf8/1/0x4 softirq=20/20 fqs=0", "11 - - - -" },
        { "INFO: rcu_sched_state detected stall on CPU 11 (t=15000 jiffies)", "11 - - - -" },
        { "INFO: rcu_sched self-detected stall on CPU { 11}  (t=6 jiffies g=1 c=0 q=1)", "11 - - - -" },
        { "rcu: INFO: rcu_preempt detected expedited stalls on CPUs/tasks: { 11-...D } 6 jiffies", "11 - - - -" },
    };

    [Theory]
    [MemberData(nameof(Forms))]
    public void A_header_of_any_age_is_read(string line, string expected)
    {
        var who = ContextLine.Of(line)!;
        Assert.Equal(expected, string.Join(' ', who.Cpu?.ToString() ?? "-", who.Pid?.ToString() ?? "-", who.Command ?? "-",
            who.Taint ?? "-", who.Release ?? "-"));
    }

    [Theory]
    [InlineData("usb 1-1: new high-speed USB device number 4 using xhci_hcd")]
    [InlineData("Call Trace:")]
    [InlineData("CPU: Physical Processor ID: 0")]
    [InlineData(" ? dump_stack+0xc1/0x128")]
    public void Other_lines_tell_nothing(string line) => Assert.Null(ContextLine.Of(line));

    [Fact]
    public void The_task_in_a_dump_of_the_CPU_that_stalls_is_the_events()
    {
        var found = SampleLogs.First(string.Join('\n',
            "INFO: rcu_sched detected stalls on CPUs/tasks:",
            "\t2-...: (1 GPs behind) idle=d09/1/0 softirq=1302/3861 fqs=20997",
            "\t(detected by 3, t=21010 jiffies, g=-93, c=-94, q=1)",
            "Task dump for CPU 2:",
            "feeder          R  running task        0    77      2 0x00000008",
            "Call Trace:",
            " [<ffffffff810c1010>] feed_loop+0xa8/0x110 [feed]"));
        Assert.Equal((2, 77, "feeder"), (found.Cpu, found.Pid, found.Command));
    }

    /// <summary>What RCU says of its own thread is no stall of its own, however long the CPUs took to answer.</summary>
    [Fact]
    public void An_afterthought_belongs_to_its_stall()
    {
        var events = SampleLogs.Read(string.Join('\n',
            "[  745.155635] rcu: INFO: rcu_sched detected stalls on CPUs/tasks:",
            "[  745.156445] rcu:     3-...0: (1 GPs behind) idle=d634/1/0x4000000000000002 softirq=7032/7032 fqs=2024",
            "[  755.159658] rcu: rcu_sched kthread starved for 999 jiffies! g16541 f0x0 RCU_GP_DOING_FQS(6) ->state=0x0")).Events;
        Assert.Equal(3, Assert.Single(events).Cpu);
    }

    [Fact]
    public void A_text_that_is_indented_is_read_as_one_that_is_not()
    {
        var text = SampleLogs.Text("6.12-null-deref");
        var plain = SampleLogs.First(string.Join('\n', CutStamps(text)));
        var indented = SampleLogs.First(string.Join('\n', CutStamps(text).Select(line => "    " + line)));
        Assert.Equal((plain.Function, plain.Pid, plain.Hardware, plain.Access),
            (indented.Function, indented.Pid, indented.Hardware, indented.Access));
    }

    private static IEnumerable<string> CutStamps(string text) =>
        text.Split('\n').Select(line => line[(line.IndexOf("] ", StringComparison.Ordinal) is > 0 and var end ? end + 2 : 0)..]);
}
