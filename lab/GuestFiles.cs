using System.Text;

namespace Panicle.Lab;

/// <summary>The sources in <c>guest/</c> and the folders beside it, which travel inside the assembly.</summary>
public static class GuestFiles
{
    private const string Folder = "guest/";

    /// <summary>Programs that the guests run, each from the one C file of its name.</summary>
    public static readonly string[] Programs = ["crowd", "witness", "load-capture"];

    /// <summary>A hash of everything in <c>guest/</c>: a change there makes every crash anew.</summary>
    public static string Key { get; } = Lab.Key.Of(
        typeof(GuestFiles).Assembly.GetManifestResourceNames().Where(name => name.StartsWith(Folder, StringComparison.Ordinal))
            .Order().SelectMany(name => new[] { name, Resource(name) }));

    /// <summary>The text of one of the files.</summary>
    public static string Read(string name) => Resource(Folder + name);

    /// <summary>The text of a file in <c>channels/</c>, which only the guests of <see cref="Channels"/> read.</summary>
    public static string ReadChannels(string name) => Resource($"channels/{name}");

    /// <summary>The text of a file in <c>scenarios/</c>, which only the guests of the scenario of its name read.</summary>
    public static string ReadScenario(string name) => Resource($"scenarios/{name}");

    /// <summary>The text of a file in <c>machine/</c>, which only a <see cref="Machine"/> reads.</summary>
    public static string ReadMachine(string name) => Resource($"machine/{name}");

    private static string Resource(string name)
    {
        using var stream = typeof(GuestFiles).Assembly.GetManifestResourceStream(name)
            ?? throw new LabException($"the lab was built without {name}");
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return reader.ReadToEnd();
    }
}
