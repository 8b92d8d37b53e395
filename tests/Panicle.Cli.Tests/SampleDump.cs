using Panicle.Debuginfo.Finding;

namespace Panicle.Cli.Tests;

/// <summary>A shell on one of the dumps in samples/: the commands' tests run their lines in it.</summary>
internal sealed class SampleDump : IDisposable
{
    // Commands that change what later ones show: a process of its own has to be given those before each line.
    private static readonly string[] Remembered = ["set ", "frame "];

    private readonly Session _session = Session.Empty();
    private readonly string _path;
    private readonly List<string> _earlier = [];

    private SampleDump(string path)
    {
        _path = path;
        if (PanicleProcess.IsGiven)
            return;
        // Whatever this machine happens to have of the kernel's debug information: the tests are about dumps alone.
        _session.DebugFileOptions = new DebugFileOptions { System = "/nonexistent" };
        _session.Open([path]);
    }

    /// <summary>Opens samples/sysrq.vmcore: a 6.12 kernel that <c>echo c > /proc/sysrq-trigger</c> brought down.</summary>
    public static SampleDump Sysrq() => Open("samples/sysrq.vmcore");

    /// <summary>Opens samples/null-deref.vmcore: a 6.1 kernel that followed a null pointer in the module crashme.</summary>
    public static SampleDump NullDeref() => Open("samples/null-deref.vmcore");

    /// <summary>Runs a line of the shell.</summary>
    public Ran Run(string line)
    {
        if (!PanicleProcess.IsGiven)
            return CommandTest.Run(line, CommandTable.Commands(), _session);
        var ran = PanicleProcess.Run([_path, .. _earlier.SelectMany(one => (string[])["-c", $"{one} > /dev/null"]), "-c", line]);
        if (ran.ExitCode == ExitCode.Done && Remembered.Any(line.StartsWith))
            _earlier.Add(line);
        return ran;
    }

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
