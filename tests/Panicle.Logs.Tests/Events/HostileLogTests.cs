using System.Text;
using System.Text.RegularExpressions;
using Panicle.Logs.Events;
using Panicle.Logs.Signatures;

namespace Panicle.Logs.Tests.Events;

/// <summary>Logs that somebody made to be hard to read.</summary>
public class HostileLogTests
{
    private static string Warning(int number) => string.Join('\n',
        $"[{number % 99_999,5}.000000] ------------[ cut here ]------------",
        $"[{number % 99_999,5}.000000] WARNING: CPU: 0 PID: 1 at drivers/net/foo.c:{1 + number % 3} foo+0x1/0x2 [foo]",
        $"[{number % 99_999,5}.000000] Call Trace:",
        $"[{number % 99_999,5}.000000]  foo{number % 3}+0x1/0x2 [foo]",
        $"[{number % 99_999,5}.000000] ---[ end trace 0000000000000000 ]---\n");

    [Fact]
    public void Thousands_of_warnings_hide_no_panic()
    {
        var text = new StringBuilder();
        for (var i = 0; i < 10_500; i++)
            text.Append(Warning(i));
        text.Append("[99999.100000] BUG: kernel NULL pointer dereference, address: 0000000000000000\n"
            + "[99999.100000] RIP: 0010:late_one+0x1/0x2 [bar]\n[99999.100000] ---[ end trace 0000000000000000 ]---\n"
            + "[99999.200000] Kernel panic - not syncing: Fatal exception\n");
        text.Append(Warning(1));
        var log = SampleLogs.Read(text.ToString());
        var crash = CrashSignature.Crash(log.Events);
        Assert.Equal((OopsKind.NullPointerDereference, "late_one"), (crash!.Kind, crash.Function));
        Assert.Equal(log.Lines - 5 + 1, log.Events[^1].FirstLine);
        Assert.Contains(log.Notes, note => note.StartsWith("of 10502 events ", StringComparison.Ordinal));
        Assert.Equal(log.Events.OrderBy(found => found.FirstLine), log.Events);
    }

    [Fact]
    public void Every_caller_in_trouble_is_no_machine_but_is_read()
    {
        var lines = Enumerable.Range(0, 5000).Select(
            i => $"[    1.000000][{"T" + i,6}] BUG: kernel NULL pointer dereference, address: 0000000000000000\n");
        Assert.Equal(5000, SampleLogs.Read(string.Concat(lines)).Events.Count);
    }

    public static TheoryData<string> Lines => new(
        "WARNING: " + Repeated(" at ", 16_000) + "lib/refcount.c:x",
        "BUG: KASAN: " + Repeated("a-", 16_000),
        "BUG: KASAN: use-after-free in " + Repeated("<", 16_000),
        "INFO: task " + Repeated("a:1 ", 16_000),
        "CPU: 0 PID: 1 Comm: aaaaa Tainted: " + Repeated(" ", 16_000) + "!",
        Repeated(" ", 16_000) + "Call Trace (" + Repeated("(", 100),
        "watchdog: BUG: soft lockup - CPU#1 stuck for 22s! [" + Repeated(":1]:", 16_000),
        "BUG a (Tainted" + Repeated("(", 16_000) + "): ");

    private static string Repeated(string text, int length) => string.Concat(Enumerable.Repeat(text, length / text.Length));

    [Theory]
    [MemberData(nameof(Lines))]
    public void A_line_that_never_ends_costs_no_event(string line)
    {
        var crash = SampleLogs.Text("6.12-null-deref");
        var log = SampleLogs.Read(string.Concat(Enumerable.Repeat($"[    1.000000] {line}\n", 50))
            + string.Concat(Enumerable.Repeat("[    2.000000] systemd[1]: something else\n", 200)) + crash);
        var alone = SampleLogs.Read(crash).Events[0];
        Assert.Contains(log.Events, found => (found.Kind, found.Function) == (alone.Kind, alone.Function));
    }

    // Whoever writes a headline rule writes it for the engine that doesn't backtrack: this is where one that can't be so fails.
    [Fact]
    public void No_headline_rule_backtracks_in_a_long_line()
    {
        var line = new string('x', 1000);
        foreach (var rule in EventRules.All)
            Assert.All(rule.Forms, form =>
                Assert.True(form.For(line).Options.HasFlag(RegexOptions.NonBacktracking), form.Pattern));
    }
}
