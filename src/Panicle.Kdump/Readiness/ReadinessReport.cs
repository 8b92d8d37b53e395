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
        new ConfigurationCheck(), new CommandLineCheck(),
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
        var results = new List<CheckResult>();
        try
        {
            foreach (var result in check.Run(context))
                results.Add(result);
        }
        catch (TargetException) when (context.Configuration.Unknown.Any())
        {
            // Why, the check of the configuration tells.
            results.Add(new CheckResult(
                check.Name, CheckState.Unknown, "not looked at", "it depends on what the configuration doesn't tell"));
        }
        return results;
    }
}
