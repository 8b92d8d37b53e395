using Panicle.Kernel;

namespace Panicle.Cli.Commands.Mm;

/// <summary>A memory area of a process under crash's headings, for <c>kmem</c> and <c>vtop</c>.</summary>
internal static class UserAreaTable
{
    /// <summary>The path of a mapped file, or in parentheses why it can't be read.</summary>
    public static string FileName(KernelDump kernel, ulong file)
    {
        try
        {
            return kernel.Fs.Files.PathAt(file);
        }
        catch (KernelReadException failure)
        {
            return $"({failure.Message})";
        }
    }

    /// <summary>Writes it, and behind its flags, under a heading of its own, what else there is to say.</summary>
    public static void Write(
        string lastHeading, Address vma, Address start, Address end, Address flags, string? last, TextOutput output)
    {
        var table = new TextTable(
            Column.Centred("VMA"), Column.Right("START  ", 10, gap: 1), Column.Right("END   ", 10, gap: 1),
            Column.Left($" FLAGS {lastHeading}", gap: 1));
        table.Row(vma.ToString(), $"{start.Value:x}", $"{end.Value:x}", $"{flags.Value,6:x} {last}");
        table.WriteTo(output);
    }
}
