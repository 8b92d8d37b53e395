using Panicle.Dumps;
using Panicle.Symbols;

namespace Panicle.Debuginfo.Finding;

/// <summary>A file that a person named is of another build than the binary that it was named for.</summary>
internal sealed class BuildIdMismatchException(string path, string found, KernelBinary wanted)
    : DumpException($"{Describe(path, found, wanted)}; --force uses it all the same")
{
    internal static string Describe(string path, string found, KernelBinary wanted) =>
        $"{path} is of another build: its build ID is {found}, "
            + $"that of the {(wanted.IsModule ? $"module {wanted.Name}" : "kernel that crashed")} is {wanted.BuildId}";
}
