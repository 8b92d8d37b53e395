using Panicle.Logs.Events;

namespace Panicle.Logs.Tests.Events;

/// <summary>What each of the lab's crashes is, told by what the kernel printed of it.</summary>
public class SampleLogTests
{
    // The scenario, what it must be taken for, and the function that did it.
    private static readonly (string Scenario, OopsKind Kind, string? Function, string? Module)[] Expected =
    [
        ("null-deref", OopsKind.NullPointerDereference, "crashme_inner", "crashme"),
        ("null-call", OopsKind.NullPointerDereference, "crashme_null_call", "crashme"),
        ("use-after-free", OopsKind.GeneralProtectionFault, "crashme_inner", "crashme"),
        ("bug", OopsKind.Bug, "crashme_check", "crashme"),
        ("warn", OopsKind.Warning, "crashme_warn", "crashme"),
        ("divide-error", OopsKind.DivideError, "crashme_divide", "crashme"),
        ("non-canonical", OopsKind.GeneralProtectionFault, "crashme_inner", "crashme"),
        ("list-corruption", OopsKind.MemoryCorruption, "crashme_list_append", "crashme"),
        ("oom", OopsKind.OutOfMemory, null, null),
        ("hung-task", OopsKind.HungTask, "crashme_lock_both", "crashme"),
        ("abba-deadlock", OopsKind.Panic, "sysrq_handle_crash", null),
        ("soft-lockup", OopsKind.SoftLockup, "crashme_spin", "crashme"),
        ("rcu-stall", OopsKind.RcuStall, "crashme_spin", "crashme"),
        ("timer", OopsKind.NullPointerDereference, "crashme_inner", "crashme"),
        ("hrtimer", OopsKind.NullPointerDereference, "crashme_inner", "crashme"),
        ("ipi", OopsKind.NullPointerDereference, "crashme_inner", "crashme"),
        ("stack-overflow", OopsKind.StackOverflow, "crashme_recurse", "crashme"),
        ("init-exit", OopsKind.Panic, null, null),
        ("sysrq", OopsKind.Panic, "sysrq_handle_crash", null),
    ];

    public static TheoryData<string> All => SampleLogs.All;

    [Theory]
    [MemberData(nameof(All))]
    public void The_first_event_is_the_crash(string name)
    {
        var (_, kind, function, module) = Expected.Single(row =>
            name[(name.IndexOf('-', StringComparison.Ordinal) + 1)..] == row.Scenario);
        var found = SampleLogs.First(SampleLogs.Text(name));
        Assert.Equal((kind, function, module), (found.Kind, found.Function, found.Module));
    }

    [Theory]
    [MemberData(nameof(All))]
    public void The_kernels_release_and_the_last_words_are_known(string name)
    {
        var found = SampleLogs.Read(SampleLogs.Text(name)).Events;
        Assert.StartsWith(name[..name.IndexOf('-', StringComparison.Ordinal)], found[0].Release, StringComparison.Ordinal);
        // With a capture kernel loaded, an oops goes there at once: only a panic that isn't one says so.
        Assert.Equal(SampleLogs.Text(name).Contains("Kernel panic - not syncing", StringComparison.Ordinal),
            found.Any(one => one.Panicked));
    }

    [Fact]
    public void A_null_pointer_is_told_in_full()
    {
        var found = SampleLogs.First(SampleLogs.Text("6.12-null-deref"));
        Assert.Equal("BUG: kernel NULL pointer dereference, address: 0000000000000000", found.Title);
        Assert.Equal(0ul, found.FaultAddress!.Value.Value);
        Assert.Equal("a read by the kernel of a page that is not present", found.ErrorCodeMeaning);
        Assert.Equal("reads 8 bytes at rax, rax is 0", found.Access);
        Assert.Equal("witness", found.Command);
        Assert.Equal("x86-64", found.Architecture);
        Assert.Equal(["crashme_middle", "crashme_outer", "crashme_null_deref", "crashme_write"],
            found.Traces[0].Frames.Where(frame => frame.IsReliable).Take(4).Select(frame => frame.Function));
        Assert.Equal("mov    (%rax),%rax", Assert.Single(found.Code!.Instructions, one => one.IsFaulting).Text);
        Assert.Contains("crashme(OE)", found.Modules);
    }

    [Fact]
    public void Code_begins_at_the_functions_start_and_names_its_own_jumps()
    {
        var code = SampleLogs.First(SampleLogs.Text("6.12-soft-lockup")).Code!.Instructions;
        Assert.Equal((-9, "nopl   0x0(%rax,%rax,1)"), (code[0].Offset, code[0].Text));
        Assert.Contains("jmp    crashme_spin+0x9", code.Select(one => one.Text));
        Assert.Contains("je     crashme_spin+0x7", code.Select(one => one.Text));
    }

    [Fact]
    public void A_frame_says_which_stack_it_is_on()
    {
        var frames = SampleLogs.First(SampleLogs.Text("6.12-hrtimer")).Traces[0].Frames;
        Assert.Equal("IRQ", frames.First(frame => frame.Function == "crashme_hrtimer_expired").Stack.Name);
        Assert.Equal("task", frames[^1].Stack.Name);
    }

    [Fact]
    public void A_warning_has_the_line_that_the_kernel_named()
    {
        var found = SampleLogs.First(SampleLogs.Text("6.12-warn"));
        Assert.Matches(@"crashme\.c:\d+$", found.Location);
        Assert.True(found.Panicked);
    }

    [Theory]
    [MemberData(nameof(All))]
    public void What_came_before_the_crash_is_no_event(string name)
    {
        var text = SampleLogs.Text(name);
        var first = SampleLogs.First(text).FirstLine;
        Assert.Empty(SampleLogs.Read(string.Join('\n', text.Split('\n').Take((int)first - 1))).Events);
    }
}
