using Panicle.Logs.Events;
using Panicle.Symbols;

namespace Panicle.Logs.Tests.Events;

/// <summary>The frames of call traces as kernels have printed them.</summary>
public class FrameTests
{
    [Theory]
    [InlineData(" <IRQ>  [<ffffffff810c1010>] feed_one+0xa8/0x110 [feed]", "feed_one", "feed", true)]
    [InlineData(" <<EOE>>  <EOI>  [<ffffffffa0001010>] feed_one+0x10/0x20 [feed]", "feed_one", "feed", true)]
    [InlineData("[<(ptrval)>] feed_one+0x48/0x58", "feed_one", null, true)]
    [InlineData("[<(____ptrval____)>] ? feed_one+0x48/0x58", "feed_one", null, false)]
    [InlineData(" feed_one+0x98/0xb4 [feed] (P)", "feed_one", "feed", true)]
    [InlineData(" feed_one+0x98/0xb4 (CF)", "feed_one", null, true)]
    [InlineData(" feed_one+0x98/0xb4 (U)", "feed_one", null, false)]
    [InlineData("[c00000007a3efa20] [c00000000030a060] .feed_one+0x7b0/0x13a0 (unreliable)", "feed_one", null, false)]
    [InlineData("feed_one (drivers/feed/one.c:119 (discriminator 3)) feed", "feed_one", "feed", true)]
    [InlineData("? feed_one (./include/linux/feed.h:15 drivers/feed/one.c:42) [feed]", "feed_one", "feed", false)]
    [InlineData("feed_one+0x12/0x34 (drivers/feed/one.c:119) ", "feed_one", null, true)]
    [InlineData("feed_one (??:?) feed", "feed_one", "feed", true)]
    [InlineData(" 0xffffffc000c81e2c [feed@000000006b7888f1+0x12000]", null, "feed", true)]
    [InlineData("[<c00151e8>](show_stack+0x0/0xf8) from [<c03f9acc>](feed_one+0x1c/0x20 [feed])", "feed_one", "feed", true)]
    [InlineData("[<7f4ba618>] (feed_inner [feed]) from [<8022e284>] (feed_one+0x30/0x8c)", "feed_one", null, true)]
    [InlineData("[<c00151e8>] (show_stack) from [<c03f9acc>] (feed_one+0x1c/0x20)", "feed_one", null, true)]
    public void A_frame_is_read(string line, string? function, string? module, bool isReliable)
    {
        Assert.True(TraceLine.TryParse(line, FrameStack.Task, out var frame));
        Assert.Equal((function, module, isReliable), (frame.Function, frame.Module, frame.IsReliable));
    }

    [Fact]
    public void The_last_place_of_a_decoded_frame_is_the_functions_own()
    {
        Assert.True(TraceLine.TryParse("feed (./include/linux/a.h:15 fs/feed.c:42) m", FrameStack.Task, out var frame));
        Assert.Equal("fs/feed.c:42", frame.Location);
    }

    [Fact]
    public void What_was_called_first_is_a_frame_too_where_arm_tells_it()
    {
        var found = SampleLogs.First(string.Join('\n',
            "BUG: scheduling while atomic: feeder/77/0x00000002",
            "[<c00151e8>] (unwind_backtrace+0x0/0xf8) from [<c03f9acc>] (dump_stack+0x1c/0x20)",
            "[<c03f9acc>] (dump_stack+0x1c/0x20) from [<c00221b8>] (__schedule_bug+0x6c/0x78)",
            "[<c00221b8>] (__schedule_bug+0x6c/0x78) from [<bf049f28>] (feed_open+0x80/0xe8 [feed])"));
        Assert.Equal(["unwind_backtrace", "dump_stack", "__schedule_bug", "feed_open"],
            found.Traces[0].Frames.Select(frame => frame.Function));
        Assert.Equal(("feed_open", "feed"), (found.Function, found.Module));
    }

    [Fact]
    public void Where_MIPS_jumped_to_nowhere_the_caller_is_known()
    {
        var found = SampleLogs.First(string.Join('\n',
            "CPU 1 Unable to handle kernel paging request at virtual address 00000000, epc == 00000000, ra == 80005dbc",
            "Oops[#1]:",
            "CPU: 1 PID: 77 Comm: feeder Not tainted 5.15.120 #0",
            "$ 0   : 00000000 00000001 00000000 80890000",
            "epc   : 00000000 0x0",
            "ra    : 80005dbc feed_call+0x70/0x110",
            "Cause : 00800008 (ExcCode 02)",
            "BadVA : 00000000"));
        Assert.Equal(("feed_call", "mips", 1), (found.Function, found.Architecture, found.Cpu));
    }
}
