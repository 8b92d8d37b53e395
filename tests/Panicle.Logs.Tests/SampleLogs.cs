using System.Text;
using Panicle.Kernel.Arch;
using Panicle.Logs.Events;

namespace Panicle.Logs.Tests;

/// <summary>The logs in samples/logs: what real kernels printed when they died.</summary>
internal static class SampleLogs
{
    private static readonly string Folder = Find();

    public static IEnumerable<string> Names => Directory.GetFiles(Folder, "*.log").Select(Path.GetFileNameWithoutExtension)
        .Order(StringComparer.Ordinal).OfType<string>();

    /// <summary>For theories over all of them.</summary>
    public static TheoryData<string> All => [.. Names];

    public static string PathOf(string name) => Path.Combine(Folder, name + ".log");

    public static string Text(string name) => File.ReadAllText(PathOf(name));

    public static OopsLog Read(string text) => Read(new MemoryStream(Encoding.UTF8.GetBytes(text)));

    /// <summary>Reads a text with the processors that the program has: <c>Code:</c> lines are read, too.</summary>
    public static OopsLog Read(Stream text) => OopsReader.Read(text, processors: Architectures.ProcessorOf);

    /// <summary>The event that a text's crash is, and no other one before it.</summary>
    public static OopsEvent First(string text) => Read(text).Events[0];

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var path = Path.Combine(folder.FullName, "samples", "logs");
            if (Directory.Exists(path))
                return path;
        }
        throw new DirectoryNotFoundException($"samples/logs is not above {AppContext.BaseDirectory}");
    }
}
