using System.Text.RegularExpressions;

namespace Panicle.Lab;

/// <summary>
/// The Debian mirror that this machine already uses, read from its apt sources: the lab asks it for other suites, and
/// names no mirror of its own.
/// </summary>
internal sealed partial record Mirror(string Main, string Security, string Options)
{
    private const string DefaultKeyring = "/usr/share/keyrings/debian-archive-keyring.gpg";

    /// <summary>Reads both forms of apt's sources, one-line and deb822.</summary>
    public static Mirror OfThisMachine()
    {
        var sources = SourceFiles().SelectMany(Read).Where(source =>
            source.Uri.Contains("debian", StringComparison.Ordinal)).ToList();
        var main = sources.Find(source => !source.IsSecurity && source.Components.Contains("main"))
            ?? throw new LabException(
                "no Debian mirror in /etc/apt/sources.list or /etc/apt/sources.list.d: the lab takes kernels from one");
        var security = sources.Find(source => source.IsSecurity);
        var uri = main.Uri.TrimEnd('/');
        return new Mirror(uri, security?.Uri.TrimEnd('/') ?? SecurityOf(uri), main.Options);
    }

    /// <summary>The lines of a <c>sources.list</c> for one suite.</summary>
    public string SourcesFor(Suite suite)
    {
        var lines = $"deb [{Options}] {Main} {suite.Name} main\n";
        return suite.HasSecurity ? $"{lines}deb [{Options}] {Security} {suite.Name}-security main\n" : lines;
    }

    private static string SecurityOf(string main) =>
        main.EndsWith("/debian", StringComparison.Ordinal) ? $"{main}-security" : $"{main}/../debian-security";

    private static IEnumerable<string> SourceFiles()
    {
        var files = Directory.Exists("/etc/apt/sources.list.d")
            ? Directory.GetFiles("/etc/apt/sources.list.d").Order()
            : Enumerable.Empty<string>();
        return files.Prepend("/etc/apt/sources.list").Where(File.Exists);
    }

    private static IEnumerable<Source> Read(string file) => Path.GetExtension(file) switch
    {
        ".list" => File.ReadLines(file).Select(ReadLine).OfType<Source>(),
        ".sources" => Regex.Split(File.ReadAllText(file), @"\n\s*\n").SelectMany(ReadStanza),
        _ => [],
    };

    /// <summary><c>deb [options] uri suite component…</c></summary>
    private static Source? ReadLine(string line)
    {
        var match = OneLine().Match(line);
        if (!match.Success)
            return null;
        var options = match.Groups["options"].Value;
        var words = match.Groups["rest"].Value.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return new Source(match.Groups["uri"].Value, words[0], words[1..],
            OptionsWith(Option(options, "signed-by"), Option(options, "trusted")));
    }

    private static IEnumerable<Source> ReadStanza(string stanza)
    {
        var fields = stanza.Split('\n')
            .Where(line => !line.StartsWith('#') && line.Contains(':'))
            .Select(line => line.Split(':', 2))
            .ToLookup(pair => pair[0].Trim().ToLowerInvariant(), pair => pair[1].Trim());
        string Field(string name) => fields[name].FirstOrDefault() ?? "";
        if (!Field("types").Split(' ').Contains("deb") || Field("enabled") == "no")
            return [];
        return from uri in Field("uris").Split(' ')
               from suite in Field("suites").Split(' ')
               select new Source(uri, suite, Field("components").Split(' '), OptionsWith(Field("signed-by"), Field("trusted")));
    }

    private static string OptionsWith(string signedBy, string trusted)
    {
        // Only a keyring of Debian's own knows the keys of every suite.
        var keyring = signedBy.StartsWith('/') && signedBy.Contains("debian-archive", StringComparison.Ordinal)
            ? signedBy
            : DefaultKeyring;
        return trusted == "yes" ? $"signed-by={keyring} trusted=yes" : $"signed-by={keyring}";
    }

    private static string Option(string options, string name) =>
        Regex.Match(options, $@"\b{name}=(\S+)", RegexOptions.IgnoreCase).Groups[1].Value;

    [GeneratedRegex(@"^\s*deb\s+(\[(?<options>[^\]]*)\]\s+)?(?<uri>\S+)\s+(?<rest>\S+\s+\S.*)$")]
    private static partial Regex OneLine();

    private sealed record Source(string Uri, string Suite, string[] Components, string Options)
    {
        public bool IsSecurity => Suite.EndsWith("-security", StringComparison.Ordinal);
    }
}
