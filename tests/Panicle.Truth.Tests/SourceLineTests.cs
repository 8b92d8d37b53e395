using System.Diagnostics;
using System.Globalization;
using Panicle.Formats.Elf;
using Panicle.Lab;
using Panicle.Symbols;
using Panicle.Symbols.Dwarf;
using Panicle.Symbols.Elf;

namespace Panicle.Truth.Tests;

/// <summary>
/// Lines and inlined chains of random addresses in the lab's kernels against addr2line. It is the newest one's that counts: that
/// of binutils 2.40 names the wrong file where a line table's first rows rely on the file being number 1, as the standard says.
/// </summary>
public class SourceLineTests
{
    private const int Count = 20_000;

    /// <summary>A kernel with DWARF 5 and relocations beside it, and one without those.</summary>
    public static TheoryData<string> Kernels =>
        [.. LabDump.Cells.Select(cell => cell.Kernel.Name).Where(name => name is "6.1-cloud" or "6.12-cloud").Distinct()];

    /// <summary>The same text, byte for byte, as <c>addr2line -afi</c> prints.</summary>
    [Theory, MemberData(nameof(Kernels))]
    public void Lines_and_inlined_chains_are_those_of_addr_2_line(string name)
    {
        var vmlinux = LabDump.Cells.First(cell => cell.Kernel.Name == name).Kernel.Vmlinux();
        using var elf = ElfFile.TryOpen(vmlinux, Limits.Default, out var why);
        Assert.True(elf is not null, why);
        var random = new Random(20261121);
        var functions = ElfSymbolTable.TryOpen(elf, 0, null, out _)!.All().Where(symbol =>
            symbol.IsText && symbol.Size > 0).ToList();
        ulong[] addresses = [.. Enumerable.Range(0, Count).Select(_ => functions[random.Next(functions.Count)])
            .Select(function => function.Address + (ulong)random.NextInt64((long)function.Size))];

        using var binary = DebugBinary.TryOpen(vmlinux, Limits.Default, out _)!;
        var found = binary.FindAll(addresses);
        Assert.Empty(binary.Problems);
        var answers = Addr2line(vmlinux, addresses);
        var differences = new List<string>();
        for (var i = 0; i < Count; i++)
            if (Text(found[i]) is var ours && answers[addresses[i]] is var theirs && ours != theirs)
                differences.Add($"{addresses[i]:x}\nours:\n{ours}addr2line:\n{theirs}");
        Assert.True(differences.Count == 0, $"{differences.Count} differ\n{string.Join('\n', differences.Take(10))}");
    }

    private static string Text(IReadOnlyList<SourceFrame> frames)
    {
        if (frames.Count == 0)
            return "??\n??:0\n";
        var discriminator = frames[0].Discriminator == 0 ? "" : $" (discriminator {frames[0].Discriminator})";
        return string.Concat(frames.Select(frame =>
            $"{frame.Function ?? "??"}\n{frame.File ?? "??"}:{(frame.Line == 0 ? "?" : $"{frame.Line}{discriminator}")}\n"));
    }

    private static Dictionary<ulong, string> Addr2line(string vmlinux, ulong[] addresses)
    {
        var command = Peers.CommandFor("addr2line", "-afi", "-e", vmlinux);
        var start = new ProcessStartInfo(
            command[0], command[1..])
        { RedirectStandardInput = true, RedirectStandardOutput = true };
        using var process = Process.Start(start)!;
        var writing = Task.Run(() =>
        {
            foreach (var address in addresses)
                process.StandardInput.WriteLine(address.ToString("x", CultureInfo.InvariantCulture));
            process.StandardInput.Close();
        });
        var answers = new Dictionary<ulong, string>();
        var current = 0UL;
        while (process.StandardOutput.ReadLine() is { } line)
        {
            var isAddress = line.StartsWith("0x", StringComparison.Ordinal);
            if (isAddress)
                answers[current = ulong.Parse(line.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture)] = "";
            else
                answers[current] += $"{line}\n";
        }
        writing.Wait();
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
        return answers;
    }
}
