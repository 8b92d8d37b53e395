using Panicle.Formats.Boot;
using Panicle.Formats.Compression;
using Panicle.Formats.Elf;
using Panicle.Symbols;

namespace Panicle.Debuginfo.Finding;

/// <summary>The build IDs of a kernel that is installed on this system: of its image and of its modules.</summary>
public static class InstalledKernel
{
    private const int MostBytes = 512 << 20;

    /// <summary>The kernel and its modules; empty if no kernel of the release is installed.</summary>
    /// <param name="system">The system's root folder.</param>
    /// <param name="release">The release as <c>uname -r</c> prints it.</param>
    /// <param name="withModules">Whether modules are wanted too.</param>
    public static IReadOnlyList<KernelBinary> Binaries(string system, string release, bool withModules)
    {
        var installed = new InstalledFiles(system);
        var binaries = new List<KernelBinary>();
        if (installed.ImagesOf(release).Select(ImageBuildId).FirstOrDefault(id => id is not null) is { } kernel)
            binaries.Add(new KernelBinary(KernelBinary.Vmlinux, kernel, release));
        if (withModules)
            binaries.AddRange(
                installed.AllModulesOf(release)
                    .Select(path => new KernelBinary(ModuleFiles.NameOf(path)!, ModuleBuildId(path), release))
                    .Where(binary => binary.BuildId is not null).DistinctBy(binary => binary.Name));
        return binaries;
    }

    private static string? ImageBuildId(string path) => Read(path, (input, output) => BzImage.Extract(input, output));

    private static string? ModuleBuildId(string path) => Read(path, (input, output) =>
    {
        using var plain = Packed.Open(input);
        plain.CopyTo(output);
    });

    private static string? Read(string path, Action<Stream, Stream> unpack)
    {
        try
        {
            using var input = File.OpenRead(path);
            var bytes = new MemoryStream();
            unpack(input, bytes);
            if (bytes.Length > MostBytes)
                return null;
            using var file = ElfFile.TryOpen(bytes, Limits.Default, out _);
            return file?.BuildId;
        }
        catch (Exception e) when (e is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
