using Panicle.Kdump.Targets;

namespace Panicle.Kdump.Readiness;

/// <summary>Whether a machine would capture a crash now, and everything that this depends on.</summary>
/// <param name="IsReady">Whether it would; null if something that this depends on could not be checked.</param>
/// <param name="Results">What was found.</param>
public sealed record ReadinessReport(bool? IsReady, IReadOnlyList<CheckResult> Results)
{
    private static readonly Check[] Checks =
    [
        new ReservationCheck(), new LoadedCheck(), new ImageCheck(), new RehearsalCheck(), new TargetCheck(),
        new ConfigurationCheck(),
        new KernelOptionsCheck(),
        new SysctlCheck(), new LockdownCheck(), new OtherUsersCheck(), new HistoryCheck(),
    ];

    /// <summary>Looks at a system.</summary>
    public static ReadinessReport Of(SystemRoot root)
    {
        var context = new CheckContext(root);
        var results = Checks.SelectMany(check => Run(check, context)).ToList();
        return new ReadinessReport(
            results.Exists(result => result.State == CheckState.Bad) ? false
            : results.Exists(result => result.State == CheckState.Unknown) ? null
            : true, results);
    }

    private static List<CheckResult> Run(Check check, CheckContext context)
    {
        try
        {
            return [.. check.Run(context)];
        }
        catch (TargetException) when (context.Configuration.Unknown.Any())
        {
            return []; // What the configuration doesn't tell is told by the check of it.
        }
    }
}
