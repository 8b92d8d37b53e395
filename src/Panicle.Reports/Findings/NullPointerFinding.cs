using Panicle.Kernel.Mm;
using Panicle.Reports.Oops;

namespace Panicle.Reports.Findings;

/// <summary>Memory was read or written through a NULL pointer.</summary>
public sealed class NullPointerFinding : FindingRule
{
    /// <inheritdoc/>
    public override IEnumerable<Finding> Look(FindingContext context)
    {
        if (context.Fault is not { IsFetch: false, Address: < KernelMm.PageSize } fault
            || !context.Message.Contains("kernel NULL pointer dereference", StringComparison.Ordinal) && fault.ErrorCode is null)
            yield break;
        var does = fault.Access is { IsWrite: true } ? "wrote" : "read";
        var what = fault.Address == 0 ? "memory" : $"a member at offset 0x{fault.Address:x}";
        var evidence = new List<Evidence>([.. context.Words, .. fault.Evidence, .. context.Backtrace("the backtrace of the task that did it")]);
        if (fault.Origin is { } origin && context.Kernel is { } kernel)
        {
            evidence.Add(new($"the pointer was loaded into {origin.Name} from 0x{origin.Address:x}, which still holds it", $"rd {origin.Address:x}"));
            evidence.Add(context.Place(kernel, "that memory", origin.Address));
        }
        yield return new Finding(
            OopsKind.NullPointerDereference,
            $"{fault.Function} {does} {what} through a pointer that was NULL (NULL pointer dereference)",
            Certainty.Certain, FindingRole.Cause, evidence,
            $"Find out why the pointer was NULL: look at {fault.Function} and what its callers gave it. Ask whether a newer version has a fix for this function.");
    }
}
