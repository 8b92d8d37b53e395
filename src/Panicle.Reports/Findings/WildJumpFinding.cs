using Panicle.Kernel.Mm;
using Panicle.Reports.Oops;

namespace Panicle.Reports.Findings;

/// <summary>The kernel jumped to where no code is: through a function pointer that was NULL or garbage, or into a module that was unloaded.</summary>
public sealed class WildJumpFinding : FindingRule
{
    /// <inheritdoc/>
    public override IEnumerable<Finding> Look(FindingContext context)
    {
        if (context.Fault is not { IsFetch: true } fault)
            yield break;
        var target = fault.Registers.InstructionPointer;
        var caller = context.Trace?.Frames.SkipWhile(frame => frame != fault.Frame).Skip(1).FirstOrDefault(frame => frame.Function is not null && !frame.IsUser);
        var who = caller is null ? "The kernel" : FindingContext.FunctionOf(caller);
        List<Evidence> evidence = [.. context.Words, new($"the instruction pointer is 0x{target:x}, where no function is", FindingContext.BacktraceCommand)];
        if (caller is not null)
            evidence.Add(new($"the call came from {FindingContext.PlaceOf(caller)}", $"dis -r {caller.Address:x}"));
        if (target < KernelMm.PageSize)
        {
            yield return new Finding(OopsKind.NullPointerDereference, $"{who} called a function through a pointer that was NULL", Certainty.Certain,
                FindingRole.Cause, evidence, "Find out which operation was not filled in: the structure that holds the function pointer, and who set it up.");
            yield break;
        }
        var place = context.Kernel.Mm.Addresses.Find(target, context.Task);
        evidence.Add(new($"0x{target:x} is {place.Summary}", $"kmem {target:x}"));
        if (place is { Region: "module area", Module: null })
        {
            evidence.AddRange(context.LastWords(text => text.Contains("last unloaded:", StringComparison.Ordinal)).TakeLast(1).Select(FindingContext.Quote));
            yield return new Finding(OopsKind.PageFault, $"{who} called a function in the module area, where no module is loaded: most likely code of a module that was unloaded",
                Certainty.Likely, FindingRole.Cause, evidence, "Look at the module that was unloaded last: a timer, work item, notifier or callback of it was still registered.");
            yield break;
        }
        yield return new Finding(place.Region == "user" ? OopsKind.PageFault : OopsKind.WildAccess,
            place.Region == "user" ? $"{who} jumped to an address of user space" : $"{who} called a function through a pointer that is no address of code",
            Certainty.Certain, FindingRole.Cause, evidence,
            place.Region == "user"
                ? "The kernel never runs code of user space: the function pointer was overwritten, by mistake or by an attack. Keep the dump and look at the process."
                : "The structure that holds the function pointer was overwritten or freed: look at what it belongs to.");
    }
}
