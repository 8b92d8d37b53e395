using Panicle.Debuginfo.Finding;

namespace Panicle.Cli.Tests;

/// <summary>A shell on one of the dumps in samples/: the commands' tests run their lines in it.</summary>
internal sealed class SampleDump : IDisposable
{
    private readonly Session _session = Session.Empty();

    private SampleDump(string path)
    {
        // Whatever this machine happens to have of the kernel's debug information: the tests are about dumps alone.
        _session.DebugFileOptions = new DebugFileOptions { System = "/nonexistent" };
        _session.Open([path]);
    }

    /// <summary>Opens samples/sysrq.vmcore: a 6.12 kernel that <c>echo c > /proc/sysrq-trigger</c> brought down.</summary>
    public static SampleDump Sysrq() => Open("samples/sysrq.vmcore");

    /// <summary>Opens samples/null-deref.vmcore: a 6.1 kernel that followed a null pointer in the module crashme.</summary>
    public static SampleDump NullDeref() => Open("samples/null-deref.vmcore");

    /// <summary>Runs a line of the shell.</summary>
    public Ran Run(string line) => CommandTest.Run(line, CommandTable.Commands(), _session);

    /// <inheritdoc/>
    public void Dispose() => _session.Dispose();

    private static SampleDump Open(string path)
    {
        var full = Repository.Path(path);
        if (!File.Exists(full))
            Assert.Skip($"{path} isn't there");
        return new SampleDump(full);
    }
}
