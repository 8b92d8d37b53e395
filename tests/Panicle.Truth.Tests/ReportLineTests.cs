using Panicle.Debuginfo.Finding;
using Panicle.Kernel;
using Panicle.Lab;
using Panicle.Reports;

namespace Panicle.Truth.Tests;

/// <summary>Source lines in the report, against the source of the crash module itself.</summary>
public class ReportLineTests
{
    /// <summary>The dumps of kernels whose vmlinux has DWARF.</summary>
    public static TheoryData<string> Dumps => LabDump.Rows(cell =>
        cell is { Kernel.Name: "6.1-cloud" or "6.12-cloud", Scenario.Name: "null-deref", Format.Name: "kdump-zstd" });

    /// <summary>The report says in which line the pointer was followed, and each frame of the kernel has a line too.</summary>
    [Theory, MemberData(nameof(Dumps))]
    public void The_cause_is_in_the_line_that_follows_the_pointer(string name)
    {
        var dump = LabDump.Find(name);
        var files = new DebugFileFinder(
            new DebugFileOptions { Vmlinux = dump.Cell.Kernel.Vmlinux(), Modules = [dump.ModuleFile], System = "/nonexistent" });
        using var kernel = KernelDump.Open(dump.Files, new KernelDumpOptions { DebugFiles = () => files });
        var lines = kernel.Lines;

        var report = CrashReport.Read(kernel, lines, TestContext.Current.CancellationToken);

        var source = GuestFiles.Read("crashme.c").Split('\n');
        var line = Array.FindIndex(source, text => text.Contains("object->peer->id", StringComparison.Ordinal)) + 1;
        Assert.EndsWith($"/crashme.c:{line}", report.Cause!.Place!.Location, StringComparison.Ordinal);
        Assert.All(report.Stack!.Frames.Where(frame => !frame.IsUser), frame => Assert.NotNull(frame.Location));
        Assert.Contains(report.Stack.Frames, frame =>
            frame is { Function: "vfs_write", Location: { } at } && at.StartsWith("fs/read_write.c:", StringComparison.Ordinal));
    }
}
