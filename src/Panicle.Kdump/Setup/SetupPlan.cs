using Panicle.Kdump.Configuration;

namespace Panicle.Kdump.Setup;

/// <summary>A step and what became of it.</summary>
/// <param name="Description">What it does.</param>
/// <param name="Outcome">What became of it.</param>
/// <param name="Error">Why it failed or was left, and what is to be done then; null for nothing.</param>
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
    private WantedReservation? _wanted;

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
        var initramfs = new InitramfsStep(configuration, initramfsProgram);
        plan._steps.Add(initramfs);
        plan.AddUnit(program, root.HasFile(configuration["initramfs"]) ? [] : [initramfs]);
        plan.AddDoubts(configuration);
        return plan;
    }

    /// <summary>Does it, or says what would be done.</summary>
    public IReadOnlyList<SetupResult> Run(bool isDryRun)
    {
        var record = SetupRecord.Read(_root);
        var results = new Dictionary<SetupStep, SetupResult>();
        foreach (var step in _steps)
            results[step] = Run(step, record, isDryRun, results);
        if (results[_steps[0]].Outcome is SetupOutcome.Already or SetupOutcome.Done or SetupOutcome.WouldDo
            && !_wanted!.IsRunning && SystemCommand.Left(_root, _steps[0].Commands) is null)
            _notes.Insert(0, "the memory is reserved at the next boot");
        return [.. _steps.Select(step => results[step])];
    }

    private SetupResult Run(SetupStep step, SetupRecord record, bool isDryRun, Dictionary<SetupStep, SetupResult> results)
    {
        var isDone = step.IsDone(_root);
        if (!isDone && step.Needed.FirstOrDefault(
            needed => results[needed].Outcome is SetupOutcome.Failed or SetupOutcome.Skipped)
            is { } missing)
            return new SetupResult(
                step.Description, SetupOutcome.Skipped, $"it is of no use before this is done: {missing.Description}");
        var result = Try(step.Description, false, isDone, () =>
        {
            if (isDryRun)
                step.Check(_root);
            else
                step.Do(_root, record);
        });
        return isDryRun && result.Outcome == SetupOutcome.Done
            ? result with { Outcome = SetupOutcome.WouldDo, Error = SystemCommand.Left(_root, step.Commands) }
            : result;
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
        catch (StepLeftException e)
        {
            return new SetupResult(description, e.Outcome, e.Message);
        }
        catch (Exception e)
            when (e is IOException or UnauthorizedAccessException or Initramfs.InitramfsException or Targets.TargetException)
        {
            return new SetupResult(description, SetupOutcome.Failed, e.Message);
        }
    }

    private void AddReservation(EffectiveConfiguration configuration)
    {
        _wanted = WantedReservation.Of(_root, configuration);
        _steps.Add(BootLoader.Reserve(_root, _wanted));
    }

    private sealed class UnitStep(string content, IReadOnlyList<SetupStep> needed)
        : FileStep(UnitPath, content, "load the capture kernel at boot")
    {
        public override IReadOnlyList<SetupStep> Needed => needed;
    }

    // What is set up would load nothing, or capture nothing.
    private void AddDoubts(EffectiveConfiguration configuration)
    {
        foreach (var unknown in configuration.Unknown.DistinctBy(static setting => setting.WhyUnknown))
            _notes.Add($"{unknown.Origin}: nothing tells what {unknown.Key} is: {unknown.WhyUnknown}");
        var remarks = configuration.Files.SelectMany(static file => file.Remarks).Concat(configuration.OutOfReach(_root));
        _notes.AddRange(remarks.Select(static remark => $"{remark.Origin}: {remark.Message}"));
    }

    private void AddUnit(string program, IReadOnlyList<SetupStep> needed)
    {
        if (!_root.HasDirectory("/etc/systemd") && !_root.HasDirectory("/usr/lib/systemd") && !_root.HasDirectory("/lib/systemd"))
        {
            _notes.Add($"there is no systemd: run '{program} kdump load' at boot yourself");
            return;
        }
        var unit = new UnitStep($"""
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

            """, needed);
        _steps.Add(unit);
        _steps.Add(new LinkStep(LinkPath, UnitPath, "enable that", unit));
        foreach (var other in new[] { "kdump-tools.service", "kdump.service" })
        {
            if (_root.FilesIn("/etc/systemd/system/multi-user.target.wants").Any(path => Path.GetFileName(path) == other))
                _notes.Add($"{other} is enabled and loads the distribution's own capture kernel: systemctl disable {other}");
        }
    }
}
