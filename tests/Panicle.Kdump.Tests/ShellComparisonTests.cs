using System.Diagnostics;
using System.Text;
using Panicle.Kdump.Configuration;

namespace Panicle.Kdump.Tests;

/// <summary>Random files of shell assignments, against the shell itself.</summary>
public sealed class ShellComparisonTests : IDisposable
{
    private const int Files = 600;

    // What no combination of runs anything: words that are no programs, and what the shell itself knows.
    private static readonly string[] Pieces =
    [
        "A=", "B=", "A=1", "B=$A", "A+=", "\"", "'", "\\", "`", "$", "${A}", "${B:-x}", "${A-y}", "${B:=z}", "$A", "$(", ")", "(",
        "{ ", " }",
        "; ", "\n", "\n", "\n", " ", " ", " && ", " || ", " | ", " & ", "#", " #", "x", "y", "/", "~", "=", "true", "false",
        "unset A",
        "if ", " then ", " else ", " fi", "for i in x y; do ", " done", "case x in x) ", ";; esac", "export ", "readonly B",
        "return", ":", "<<E", "E\n", "[ x ]", "A='x y'", "B=\"x$A\"", "\t", "\\\n", "!", "*", "$((1+1))", "$x",
        "while false; do ",
    ];

    private static readonly string[] Values =
    [
        "1", "x y", "'x y'", "\"x y\"", "\"$A\"", "$B", "${A:-x}", "\"${B-y}z\"", "x\\ y", "a#b", "'$A'",
        "\"\\$A\"", "\"x\\\ny\"",
        "`true`", "$(echo x)", "~", "/a:~/b", "x\\\ny", "\"a'b\"'\"'", "*", "$", "\"$\"", "$1", "'a\nb'", "",
        "{a,b}", "$'x'", "%",
        "a=b", "\\\\",
    ];

    private static readonly string[] Ends =
    [
        "\n", "\n", ";", "; ", " ;", " && ", " || ", " & ", " | ", " # x \\\n", " \\\n", " ", " >/dev/null\n",
    ];

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("panicle-shell");

    public void Dispose() => _directory.Delete(recursive: true);

    [Theory]
    [InlineData("/bin/sh", false, 1)]
    [InlineData("/bin/bash", true, 2)]
    public void What_is_known_is_what_the_shell_has(string shell, bool isBash, int seed)
    {
        var random = new Random(seed);
        string Of(string[] choices) => choices[random.Next(choices.Length)];
        string Assignment() => $"{Of(["A", "B", "A", "B", "export A", "export B", "readonly C", "C"])}"
            + $"{Of(["=", "=", "=", "+="])}{Of(Values)}{Of(Ends)}";
        // Half of them are what people write, more or less; the others are anything.
        var texts = Enumerable.Range(0, Files).Select(file => string.Concat(
            Enumerable.Range(0, random.Next(1, file % 2 == 0 ? 6 : 14)).Select(_ => file % 2 == 0 ? Assignment() : Of(Pieces))))
            .ToList();
        for (var i = 0; i < texts.Count; i++)
            File.WriteAllText(Path.Combine(_directory.FullName, $"{i}"), texts[i] + "\n");
        var values = Run(shell);
        var known = 0;
        var wrong = new List<string>();
        for (var i = 0; i < texts.Count; i++)
        {
            var found = ShellAssignments.Read(texts[i].Split('\n'), isBash, ["A", "B"], out var remarks);
            if (values[i] is not { } value)
            {
                if (remarks.Count == 0)
                    wrong.Add($"{shell} refuses this, and nothing is told:\n{texts[i]}");
                continue;
            }
            foreach (var (name, actual) in new[] { ("A", value.A), ("B", value.B) })
            {
                var last = found.LastOrDefault(one => one.Name == name);
                if (last.WhyUnknown is not null)
                    continue;
                known += last.Name is null ? 0 : 1;
                if (actual != (last.Value ?? ""))
                    wrong.Add($"{shell} has {name}={actual}, not {last.Value}, of:\n{texts[i]}");
            }
        }
        Assert.True(wrong.Count == 0, string.Join("\n----\n", wrong.Take(20)));
        Assert.InRange(known, Files / 10, 2 * Files);
    }

    // The two values for each file; null for those that the shell refuses.
    private List<(string A, string B)?> Run(string shell)
    {
        var script = new StringBuilder("exec 2>/dev/null </dev/null\nPATH=/nowhere HOME='?'\n");
        for (var i = 0; i < Files; i++)
            script.Append($"( . ./{i} >/dev/null; printf '{i}\\001%s\\001%s\\002' \"$A\" \"$B\" )\n");
        File.WriteAllText(Path.Combine(_directory.FullName, "all"), script.ToString());
        using var process = Process.Start(new ProcessStartInfo(shell, ["./all"])
        {
            WorkingDirectory = _directory.FullName,
            RedirectStandardOutput = true,
        })!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        var values = new (string, string)?[Files];
        foreach (var entry in output.Split('\u0002'))
        {
            if (entry.Split('\u0001') is [var index, var a, var b] && int.TryParse(index, out var number))
                values[number] = (a, b);
        }
        return [.. values];
    }
}
