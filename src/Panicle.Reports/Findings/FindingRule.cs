namespace Panicle.Reports.Findings;

/// <summary>
/// Looks for one kind of cause. A class <c>XRule</c> in <c>Findings/XRule.cs</c> takes part by being there: the build
/// writes the table of them.
/// </summary>
internal abstract class FindingRule
{
    /// <summary>
    /// What it finds; nothing if the crash is of another kind. <see cref="FindingContext.Kernel"/> is null where there is only a
    /// log: a rule says then what the log tells, or nothing. What can't be read ends the rule with a
    /// <see cref="Kernel.KernelReadException"/>: the others go on.
    /// </summary>
    public abstract IEnumerable<Finding> Look(FindingContext context);
}
