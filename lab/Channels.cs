using System.Formats.Tar;

namespace Panicle.Lab;

/// <summary>
/// A crash as it is told by other ways than a dump: what the console showed, what netconsole sent over the network, and what
/// pstore's ramoops had kept after the reboot. Made by a guest without a capture kernel, which reboots once it has panicked.
/// </summary>
public sealed class Channels
{
    /// <summary>Changes when what older versions of this program made must not be used any more.</summary>
    private const string LabVersion = "1";

    private const int Attempts = 4;
    private const string DumpKernel = "6.1-cloud";
    private const string EveryKernelsScenario = "null-deref";

    private static readonly string[] Scenarios =
    [
        "null-deref", "null-call", "bug", "use-after-free", "divide-error", "list-corruption", "warn", "timer", "stack-overflow",
        "soft-lockup", "oom",
    ];

    // One that dies in its task, one that is told at length, one without a fault, and one on a stack of its own.
    private static readonly string[] UsualScenarios = ["null-deref", "oom", "soft-lockup", "stack-overflow"];

    private readonly Lazy<KernelFiles> _files;

    private Channels(Kernel kernel, Scenario scenario)
    {
        (Kernel, Scenario) = (kernel, scenario);
        _files = new Lazy<KernelFiles>(() => KernelFiles.Of(kernel));
    }

    /// <summary>
    /// One kernel's crashes of some kinds, of many with <see cref="Matrix.IsFull"/>, and one crash of every kernel.
    /// </summary>
    public static IReadOnlyList<Channels> ForTests { get; } =
    [
        .. from kernel in Kernel.All
           from scenario in Scenario.All
           where (Matrix.IsFull ? Scenarios : UsualScenarios).Contains(scenario.Name)
               && (kernel.Name == DumpKernel || scenario.Name == EveryKernelsScenario)
           select new Channels(kernel, scenario),
    ];

    /// <summary>The kernel that dies.</summary>
    public Kernel Kernel { get; }

    /// <summary>What brings the kernel down, and what its last words are.</summary>
    public Scenario Scenario { get; }

    /// <summary>What tests and the cache call it: <c>6.1-cloud/null-deref/channels</c>.</summary>
    public string Name => $"{Kernel.Name}/{Scenario.Name}/channels";

    /// <summary>Whether it has been made.</summary>
    public bool Exists => KernelFiles.IsResolved(Kernel) && System.IO.Directory.Exists(Directory);

    /// <summary>What the serial console showed, the second boot's lines included.</summary>
    public string ConsoleLog => Path.Combine(Directory, "console.log");

    /// <summary>What netconsole sent, one datagram after the other.</summary>
    public string NetconsoleLog => Path.Combine(Directory, "netconsole.log");

    /// <summary>The files that pstore had after the reboot: <c>dmesg-ramoops-0</c>…</summary>
    public IReadOnlyList<string> PstoreFiles =>
        [.. System.IO.Directory.GetFiles(Path.Combine(Directory, "pstore"), "dmesg-*").Order(StringComparer.Ordinal)];

    internal string Directory =>
        Cache.PathOf("crashes", Kernel.Name, $"{Scenario.Name}.channels", $"{_files.Value.Version}-{InputsKey}");

    private string InputsKey =>
        Key.Of(LabVersion, Kernel.ToString(), Scenario.ToString(), GuestFiles.Key, GuestFiles.ReadChannels("init"));

    /// <summary>Makes it if it wasn't made yet.</summary>
    internal void Make()
    {
        if (Exists)
            return;
        Log.Line($"crashing {Name}");
        Retry.Do(Attempts, () => Cache.Publish(Directory, Run));
    }

    private void Run(string output)
    {
        using var network = new DatagramLog();
        using var guest = Guest.BootChannels(Kernel, _files.Value, network.Port);
        guest.WaitFor("LAB ready");
        guest.Send(Scenario.Orders);
        guest.WaitFor("LAB recovered");
        var console = guest.Console;
        if (!console.Contains(Scenario.PanicText, StringComparison.Ordinal))
            throw new GuestException($"the kernel died, but never said “{Scenario.PanicText}”");
        var pstore = System.IO.Directory.CreateDirectory(Path.Combine(output, "pstore")).FullName;
        using (var archive = File.OpenRead(guest.DumpDisk))
            TarFile.ExtractToDirectory(archive, pstore, overwriteFiles: true);
        File.WriteAllText(Path.Combine(output, "console.log"), console);
        File.WriteAllBytes(Path.Combine(output, "netconsole.log"), network.Received());
        File.WriteAllText(Path.Combine(output, "release"), $"{_files.Value.Release}\n{_files.Value.Version}\n");
    }

    /// <summary>The same as <see cref="Name"/>: it names a test's case.</summary>
    public override string ToString() => Name;
}
