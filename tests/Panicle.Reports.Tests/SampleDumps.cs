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

    private static KernelDump Open(string name, [CallerFilePath] string here = "") =>
        KernelDump.Open([Path.Combine(Path.GetDirectoryName(here)!, "..", "..", "samples", name)]);
}
