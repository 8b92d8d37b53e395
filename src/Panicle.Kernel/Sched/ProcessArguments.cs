using System.Text;
using Panicle.Kernel.Arch;

namespace Panicle.Kernel.Sched;

/// <summary>A process's command line and environment, from its own memory.</summary>
/// <param name="Arguments">The arguments, the program's name first.</param>
/// <param name="Environment">NAME=VALUE.</param>
public sealed record ProcessArguments(IReadOnlyList<string> Arguments, IReadOnlyList<string> Environment)
{
    private const ulong MostBytes = 2 * 1024 * 1024; // More than execve(2) accepts by default.

    /// <summary>
    /// Reads them from the stack of the process. That is user memory, which most dumps leave out: then
    /// <see cref="KernelReadException"/> says so.
    /// </summary>
    internal static ProcessArguments Read(KernelDump kernel, KernelTask task)
    {
        if (task.Mm == 0)
            return new ProcessArguments([], []);
        var mm = task.Value["mm"];
        var space = kernel.Mm.MemoryOf(task);
        return new ProcessArguments(Strings("arg"), Strings("env"));

        IReadOnlyList<string> Strings(string what)
        {
            var start = mm[$"{what}_start"].ToUInt64();
            var end = mm[$"{what}_end"].ToUInt64();
            return end > start && end - start <= MostBytes ? Split(space, start, (int)(end - start), what) : [];
        }
    }

    private static IReadOnlyList<string> Split(AddressSpace space, ulong start, int length, string what)
    {
        var bytes = new byte[length];
        space.Read(start, bytes, what == "arg" ? "the process's arguments" : "the process's environment");
        return Encoding.UTF8.GetString(bytes).TrimEnd('\0').Split('\0');
    }
}
