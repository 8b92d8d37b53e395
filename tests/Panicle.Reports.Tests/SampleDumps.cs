using System.Runtime.CompilerServices;
using Panicle.Kernel;

namespace Panicle.Reports.Tests;

/// <summary>The small real dumps of the repository.</summary>
internal static class SampleDumps
{
    /// <summary>A 6.1 kernel that followed a null pointer in the module crashme.</summary>
    public static KernelDump NullDeref() => Open("null-deref.vmcore");

    /// <summary>A 6.12 kernel that sysrq-c brought down.</summary>
    public static KernelDump Sysrq() => Open("sysrq.vmcore");

    /// <summary>The file of a sample.</summary>
    public static string PathOf(string name, [CallerFilePath] string here = "") =>
        Path.Combine(Path.GetDirectoryName(here)!, "..", "..", "samples", name);

    private static KernelDump Open(string name) => KernelDump.Open([PathOf(name)]);
}
