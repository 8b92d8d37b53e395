namespace Panicle.Kernel.Tests;

/// <summary>The dumps in samples/, opened once for all tests.</summary>
internal static class Samples
{
    private static readonly Lazy<KernelDump> NullDerefDump = new(() => Open("null-deref.vmcore"));
    private static readonly Lazy<KernelDump> SysrqDump = new(() => Open("sysrq.vmcore"));

    /// <summary>A 6.1 kernel with four levels of page tables that followed a null pointer in the module crashme.</summary>
    public static KernelDump NullDeref => NullDerefDump.Value;

    /// <summary>A 6.12 kernel with five levels of page tables that sysrq brought down.</summary>
    public static KernelDump Sysrq => SysrqDump.Value;

    public static TheoryData<string> Names => ["null-deref", "sysrq"];

    public static KernelDump Named(string name) => name == "sysrq" ? Sysrq : NullDeref;

    public static string Repository { get; } = Find();

    private static KernelDump Open(string name) => KernelDump.Open([Path.Combine(Repository, "samples", name)]);

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Panicle.slnx")))
                return folder.FullName;
        }
        throw new FileNotFoundException($"Panicle.slnx is not above {AppContext.BaseDirectory}");
    }
}
