using Panicle.Symbols.Dwarf;

namespace Panicle.Symbols.Tests.Dwarf;

/// <summary>A C source compiled for a test, with the debug information that the compiler's options ask for.</summary>
internal sealed class CompiledC : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("panicle-dwarf-").FullName;

    /// <summary>
    /// Compiles a source into an object file, or with <paramref name="link"/> into a program that isn't moved when it is loaded
    /// and begins at <c>use</c>.
    /// </summary>
    public CompiledC(string source, string options, bool link = false)
    {
        var c = Path.Combine(_folder, "sample.c");
        File.WriteAllText(c, source);
        var kind = link ? "-no-pie -nostdlib -Wl,-e,use -Wl,--build-id -Wl,--defsym=declared_only=0x1000" : "-c";
        Tool.Run(_folder, "gcc",
            $"{options} -fno-common {kind} -o {FilePath} {c}".Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Debug = DwarfFile.TryOpen(FilePath, Limits.Default, out var why) ?? throw new InvalidOperationException(why);
    }

    public string FilePath => Path.Combine(_folder, "sample.o");

    public string Folder => _folder;

    public DwarfFile Debug { get; }

    public void Dispose()
    {
        Debug.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}
