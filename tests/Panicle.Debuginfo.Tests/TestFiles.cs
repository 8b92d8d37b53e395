using System.Diagnostics;

namespace Panicle.Debuginfo.Tests;

/// <summary>A folder for one test, with small programs that gcc makes when they are asked for.</summary>
internal sealed class TestFiles : IDisposable
{
    /// <summary>A function in C on a known line.</summary>
    public const string Source = "int answer(int x)\n{\n    return x * 3;\n}\nint main(void) { return answer(14); }\n";

    // Types enough for compressing to be worth it.
    private static readonly string[] Types =
    [
        "-include",
        "stdlib.h",
        "-include",
        "pthread.h",
        "-fno-eliminate-unused-debug-types",
    ];

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("panicle-test");

    public string Root => _folder.FullName;

    public string this[string name] => Path.Combine(Root, name);

    public void Dispose() => _folder.Delete(recursive: true);

    /// <summary>Compiles a program with DWARF and this build ID.</summary>
    public string Program(string name, string buildId, params string[] options)
    {
        var source = this["answer.c"];
        File.WriteAllText(source, Source);
        var path = this[name];
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        Run("gcc", ["-g", "-O1", .. Types, $"-Wl,--build-id=0x{buildId}", .. options, "-o", path, source]);
        return path;
    }

    /// <summary>
    /// Compiles an object file that looks like a module: with a build ID, relocations, and the section every module has.
    /// </summary>
    public string Module(string name, string buildId, string release)
    {
        var source = this["module.c"];
        File.WriteAllText(source, Source + $$"""
            __attribute__((section(".modinfo"), used)) static const char magic[] = "vermagic={{release}} SMP mod_unload ";
            __attribute__((section(".gnu.linkonce.this_module"), used)) char this_module[64];
            """);
        var path = this[name];
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        Run("gcc", ["-g", "-O1", .. Types, "-c", "-o", $"{path}.o", source]);
        Run("ld", ["-r", $"--build-id=0x{buildId}", "-o", path, $"{path}.o"]);
        File.Delete($"{path}.o");
        return path;
    }

    /// <summary>Runs a program and returns what it printed.</summary>
    public static string Run(string program, params string[] arguments)
    {
        using var process = Process.Start(
            new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', arguments)}: {errors.Result}");
        return output;
    }

    /// <summary>What readelf says of a file's DWARF, without the file's name.</summary>
    public static string Dwarf(string path) => Run("readelf", "-wil", path).Replace(path, "", StringComparison.Ordinal);

    public static string Id(char digit) => new(digit, 40);
}
