namespace Panicle.Cli.Tests.Commands.Unwind;

public sealed class FrameCommandTests
{
    [Fact]
    public void Shows_a_frame_and_says_that_variables_need_debug_information()
    {
        using var dump = SampleDump.NullDeref();
        var ran = dump.Run("frame 0");
        Assert.StartsWith("#0 [", ran.Output, StringComparison.Ordinal);
        Assert.Contains("RIP: ", ran.Output, StringComparison.Ordinal);
        Assert.Contains("debug information", ran.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void Says_how_many_frames_there_are()
    {
        using var dump = SampleDump.NullDeref();
        Assert.Contains("there is no frame 999", dump.Run("frame 999").Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void A_variable_of_a_file_needs_debug_information()
    {
        using var dump = SampleDump.NullDeref();
        var ran = dump.Run("p 'fs/exec.c'::formats");
        Assert.Contains("debug information", ran.Errors, StringComparison.Ordinal);
    }
}
