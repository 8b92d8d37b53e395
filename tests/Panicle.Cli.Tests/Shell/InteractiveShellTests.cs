using System.Text;

namespace Panicle.Cli.Tests.Shell;

public class InteractiveShellTests
{
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(200);

    private static (string Screen, string Errors) Run(
        string line, Func<CommandContext, Exception?> work, Action<Interrupts> meanwhile)
    {
        using var output = new MemoryStream();
        using var session = Session.Empty();
        using var interrupts = new Interrupts();
        var terminal = new FakeTerminal();
        var runner = new CommandRunner(session, CommandTest.Set(new FailCommand(work), new ManyCommand()));
        var shell = new InteractiveShell(runner, terminal, output, interrupts) { Grace = Short };
        var other = Task.Run(() => meanwhile(interrupts));
        shell.RunLine(line);
        other.Wait();
        return (Encoding.UTF8.GetString(output.ToArray()), terminal.Written.ToString());
    }

    [Fact]
    public void Short_output_is_shown_as_it_is() => Assert.Equal("line 0\nline 1\n", Run("many 2", _ => null, _ => { }).Screen);

    [Fact]
    public void Ctrl_C_stops_a_command()
    {
        using var started = new ManualResetEventSlim();
        var (_, errors) = Run("fail", context => Wait(started, context.Cancellation), interrupts =>
        {
            started.Wait();
            interrupts.Interrupt();
        });
        Assert.Equal("fail: stopped\n", errors);
    }

    [Fact]
    public void A_command_that_does_not_stop_is_left_behind()
    {
        using var started = new ManualResetEventSlim();
        using var release = new ManualResetEventSlim();
        var (_, errors) = Run("fail", _ => Wait(started, CancellationToken.None, release), interrupts =>
        {
            started.Wait();
            interrupts.Interrupt();
        });
        release.Set();
        Assert.Equal("the command doesn't stop and was left behind\n", errors);
    }

    private static CommandException Wait(
        ManualResetEventSlim started, CancellationToken cancellation, ManualResetEventSlim? release = null)
    {
        started.Set();
        if (release is not null)
            release.Wait(TimeSpan.FromSeconds(20), cancellation);
        else
            cancellation.WaitHandle.WaitOne(TimeSpan.FromSeconds(20));
        cancellation.ThrowIfCancellationRequested();
        return new CommandException("went on");
    }
}
