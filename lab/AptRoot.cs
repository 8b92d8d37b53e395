using System.Text.RegularExpressions;

namespace Panicle.Lab;

/// <summary>
/// apt's view of one suite, apart from the machine's own: its lists and downloads live in the cache, and nothing counts as
/// installed, so that a package always comes with everything that it needs.
/// </summary>
internal sealed partial class AptRoot
{
    private static readonly TimeSpan ListsAge = TimeSpan.FromDays(7);
    private static readonly Dictionary<string, AptRoot> Opened = [];

    private readonly string _root;

    private AptRoot(Suite suite)
    {
        Suite = suite;
        _root = Cache.PathOf("apt", suite.Name);
    }

    public Suite Suite { get; }

    /// <summary>Where the downloaded packages lie.</summary>
    public string Archives => Path.Combine(_root, "archives");

    private string Stamp => Path.Combine(_root, "updated");

    /// <summary>The suite with its lists fetched, if they can be; old lists do when there is no network.</summary>
    public static AptRoot Open(Suite suite)
    {
        lock (Opened)
        {
            if (Opened.TryGetValue(suite.Name, out var known))
                return known;
            var root = new AptRoot(suite);
            root.Prepare();
            return Opened[suite.Name] = root;
        }
    }

    /// <summary>Package names of the suite that match a pattern, newest version number first.</summary>
    public IEnumerable<string> Find(string pattern) =>
        Run("apt-cache", "pkgnames").Split('\n')
            .Where(name => Regex.IsMatch(name, pattern))
            .OrderDescending(Comparer<string>.Create(CompareNumbers));

    /// <summary>The version that a package has in this suite.</summary>
    public string VersionOf(string package) =>
        VersionLine().Match(Run("apt-cache", "show", "--no-all-versions", package)) is { Success: true } match
            ? match.Groups[1].Value
            : throw new LabException($"{Suite.Name} has no package {package}");

    /// <summary>Downloads exactly these packages and returns the files.</summary>
    public string[] Download(params IEnumerable<string> packages) =>
        [.. packages.Select(package => Fetch(package, VersionOf(package)))];

    /// <summary>Whether these packages can be downloaded: an index may name files that the mirror has dropped already.</summary>
    public bool CanDownload(params IEnumerable<string> packages)
    {
        try
        {
            Download(packages);
            return true;
        }
        catch (LabException)
        {
            return false;
        }
    }

    /// <summary>Downloads packages and all that they depend on, and returns the files.</summary>
    public string[] DownloadWithDependencies(params IEnumerable<string> packages)
    {
        string[] what = ["install", "-y", "--no-install-recommends", .. packages];
        var plan = Run("apt-get", ["-s", .. what]);
        Run("apt-get", ["--download-only", "-o", "Debug::NoLocking=1", .. what]);
        return [.. PlanLine().Matches(plan).Select(match => FileOf(match.Groups[1].Value, match.Groups[2].Value))];
    }

    private string Fetch(string package, string version)
    {
        if (FindFile(package, version) is { } file)
            return file;
        Log.Line($"downloading {package} {version} ({Suite.Name})");
        Shell.Script("cd \"$1\" && export APT_CONFIG=\"$2\" && apt-get download -o APT::Sandbox::User=root \"$3\"",
            Archives, Path.Combine(_root, "apt.conf"), package);
        return FileOf(package, version);
    }

    private string FileOf(string package, string version) =>
        FindFile(package, version) ?? throw new LabException($"apt fetched no file for {package} {version}");

    private string? FindFile(string package, string version) =>
        Directory.GetFiles(Archives, $"{package}_{version.Replace(":", "%3a", StringComparison.Ordinal)}_*.deb").FirstOrDefault();

    private void Prepare()
    {
        Directory.CreateDirectory(Path.Combine(_root, "lists", "partial"));
        Directory.CreateDirectory(Path.Combine(Archives, "partial"));
        var sources = Mirror.OfThisMachine().SourcesFor(Suite);
        File.WriteAllText(Path.Combine(_root, "sources.list"), sources);
        File.WriteAllText(Path.Combine(_root, "apt.conf"), Configuration());
        if (File.Exists(Stamp) && File.ReadAllText(Stamp) == sources
            && DateTime.UtcNow - File.GetLastWriteTimeUtc(Stamp) < ListsAge)
            return;
        Update(sources);
    }

    private void Update(string sources)
    {
        Log.Line($"fetching the package lists of {Suite.Name}");
        try
        {
            Run("apt-get", "update", "-o", "APT::Update::Error-Mode=any");
            File.WriteAllText(Stamp, sources);
        }
        catch (LabException problem) when (File.Exists(Stamp))
        {
            Log.Line($"using the old package lists of {Suite.Name}: {problem.Message.Trim().Split('\n')[^1]}");
        }
    }

    private string Configuration() => $"""
        APT::Architecture "amd64";
        APT::Architectures "amd64";
        APT::Sandbox::User "root";
        Acquire::Languages "none";
        Acquire::Check-Valid-Until "false";
        Acquire::Retries "3";
        Dir::Etc::sourcelist "{_root}/sources.list";
        Dir::Etc::sourceparts "-";
        Dir::State::lists "{_root}/lists";
        Dir::State::status "/dev/null";
        Dir::State::extended_states "{_root}/extended_states";
        Dir::Cache::archives "{_root}/archives";
        Dir::Cache::pkgcache "{_root}/pkgcache.bin";
        Dir::Cache::srcpkgcache "{_root}/srcpkgcache.bin";

        """;

    private string Run(string program, params IEnumerable<string> arguments) =>
        Shell.Run("env", [$"APT_CONFIG={_root}/apt.conf", program, .. arguments]);

    /// <summary>Compares names by their numbers as numbers: 6.1.0-9 is older than 6.1.0-56.</summary>
    private static int CompareNumbers(string? left, string? right)
    {
        var pairs = Numbers(left).Zip(Numbers(right), (a, b) => a.CompareTo(b));
        var order = pairs.FirstOrDefault(result => result != 0);
        return order != 0 ? order : string.CompareOrdinal(left, right);
    }

    private static IEnumerable<int> Numbers(string? name) => Digits().Matches(name ?? "").Select(match => int.Parse(match.Value));

    [GeneratedRegex(@"^Version: (\S+)", RegexOptions.Multiline)]
    private static partial Regex VersionLine();

    [GeneratedRegex(@"^Inst (\S+) \((\S+)", RegexOptions.Multiline)]
    private static partial Regex PlanLine();

    [GeneratedRegex(@"\d{1,9}")]
    private static partial Regex Digits();
}
