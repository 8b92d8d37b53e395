using Panicle.Kdump.Configuration;
using Panicle.Kdump.Crashkernel;

namespace Panicle.Kdump.Setup;

/// <summary>A step and what became of it.</summary>
/// <param name="Description">What it does.</param>
/// <param name="Outcome">What became of it.</param>
/// <param name="Error">Why it failed, or null.</param>
public sealed record SetupResult(string Description, SetupOutcome Outcome, string? Error);

/// <summary>Everything that makes a system capture its crashes, in order.</summary>
public sealed class SetupPlan
{
    /// <summary>The first line of files that setup writes.</summary>
    internal const string Mark = "# Written by 'panicle kdump setup'; 'panicle kdump setup --undo' removes it.\n";

    private const string Unit = "panicle-kdump.service";

    /// <summary>The unit that loads the capture kernel.</summary>
    internal const string UnitPath = $"/etc/systemd/system/{Unit}";

    /// <summary>The link that enables it.</summary>
    internal const string LinkPath = $"/etc/systemd/system/multi-user.target.wants/{Unit}";

    private readonly SystemRoot _root;
    private readonly List<SetupStep> _steps = [];
    private readonly List<string> _notes = [];

    private SetupPlan(SystemRoot root) => _root = root;

    /// <summary>The steps in the order in which they are done.</summary>
    internal IReadOnlyList<SetupStep> Steps => _steps;

    /// <summary>What the person should know.</summary>
    public IReadOnlyList<string> Notes => _notes;

    /// <summary>Works out what is to be done.</summary>
    /// <param name="root">The system.</param>
    /// <param name="program">The panicle that the unit starts.</param>
    /// <param name="initramfsProgram">The panicle that becomes the initramfs' /init, or null if there is none that can.</param>
    public static SetupPlan Of(SystemRoot root, string program, string? initramfsProgram)
    {
        var plan = new SetupPlan(root);
        var configuration = EffectiveConfiguration.Read(root);
        plan.AddReservation(configuration);
        if (initramfsProgram is not null)
            plan._steps.Add(new InitramfsStep(configuration, initramfsProgram));
        plan.AddUnit(program);
        plan.AddDoubts(configuration);
        return plan;
    }

    /// <summary>Does it, or says what would be done.</summary>
    public IReadOnlyList<SetupResult> Run(bool isDryRun)
    {
        var record = SetupRecord.Read(_root);
        return [.. _steps.Select(step =>
            Try(step.Description, isDryRun, step.IsDone(_root), () => step.Do(_root, record)))];
    }

    /// <summary>Does a step, or says what became of it.</summary>
    internal static SetupResult Try(string description, bool isDryRun, bool isDone, Action action)
    {
        if (isDone || isDryRun)
            return new SetupResult(description, isDone ? SetupOutcome.Already : SetupOutcome.WouldDo, null);
        try
        {
            action();
            return new SetupResult(description, SetupOutcome.Done, null);
        }
        catch (Exception e)
            when (e is IOException or UnauthorizedAccessException or Initramfs.InitramfsException or Targets.TargetException)
        {
            return new SetupResult(description, SetupOutcome.Failed, e.Message);
        }
    }

    private void AddReservation(EffectiveConfiguration configuration)
    {
        var machine = Machine.Read(_root);
        var wanted = configuration["crashkernel"];
        var argument = wanted.Length == 0 ? ReservationEstimate.Of(_root, machine, configuration).Argument
            : CrashkernelArgument.WithNames(wanted);
        if (BootLoader.Reserve(_root, argument) is { } step)
            _steps.Add(step);
        else
            _notes.Add(
                "there is neither grubby nor update-bootloader nor a GRUB that reads /etc/default/grub.d: "
                    + $"add {argument} to the kernel's command line yourself");
        if (BootLoader.Reservations(_root.ReadLine("/proc/cmdline")) != argument)
            _notes.Add("the memory is reserved at the next boot");
    }

    // What is set up would load nothing, or capture nothing.
    private void AddDoubts(EffectiveConfiguration configuration)
    {
        foreach (var unknown in configuration.Unknown.DistinctBy(static setting => setting.WhyUnknown))
            _notes.Add($"{unknown.Origin}: nothing tells what {unknown.Key} is: {unknown.WhyUnknown}");
        var remarks = configuration.Files.SelectMany(static file => file.Remarks).Concat(configuration.OutOfReach(_root));
        _notes.AddRange(remarks.Select(static remark => $"{remark.Origin}: {remark.Message}"));
    }

    private void AddUnit(string program)
    {
        if (!_root.HasDirectory("/etc/systemd") && !_root.HasDirectory("/usr/lib/systemd") && !_root.HasDirectory("/lib/systemd"))
        {
            _notes.Add($"there is no systemd: run '{program} kdump load' at boot yourself");
            return;
        }
        _steps.Add(new FileStep(UnitPath, $"""
            {Mark.TrimEnd()}
            [Unit]
            Description=Load the kernel that captures crashes
            Documentation=man:panicle(1)
            After=local-fs.target network-online.target
            Wants=network-online.target
            ConditionKernelCommandLine=crashkernel

            [Service]
            Type=oneshot
            RemainAfterExit=yes
            ExecStart={program} kdump load
            ExecStart=-{program} kdump test --verify
            ExecReload={program} kdump reload
            ExecStop={program} kdump unload

            [Install]
            WantedBy=multi-user.target

            """, "load the capture kernel at boot"));
        _steps.Add(new LinkStep(LinkPath, UnitPath, "enable that"));
        foreach (var other in new[] { "kdump-tools.service", "kdump.service" })
        {
            if (_root.FilesIn("/etc/systemd/system/multi-user.target.wants").Any(path => Path.GetFileName(path) == other))
                _notes.Add($"{other} is enabled and loads the distribution's own capture kernel: systemctl disable {other}");
        }
    }
}
