using System.Globalization;
using Panicle.Logs.Events;

namespace Panicle.Reports.Findings;

/// <summary>Memory was read or written through a NULL pointer.</summary>
internal sealed class NullPointerRule : FindingRule
{
    /// <inheritdoc/>
    public override IEnumerable<Finding> Look(FindingContext context)
    {
        if (context.Fault is not { IsFetch: false } fault || AddressOf(context, fault) is not { } address)
            yield break;
        var does = fault.Writes switch { true => "wrote", false => "read", null => "used" };
        var what = fault.Member is { } member && (ulong)member.Offset == address
            ? $"memory (likely the member {member.Path} of a {member.Tag} {member.Structure})"
            : address == 0 ? "memory" : $"a member at offset 0x{address:x}";
        var evidence = new List<Evidence>(
            [.. context.Words, .. fault.Evidence, .. context.Backtrace("the backtrace of the task that did it")]);
        if (fault.Origin is { } origin && context.Kernel is { } kernel)
        {
            evidence.Add(new($"the pointer was loaded into {origin.Name} from 0x{origin.Address:x}, which still holds it",
                $"rd {origin.Address:x}"));
            evidence.Add(context.Place(kernel, "that memory", origin.Address));
        }
        // The pointer itself, without the member's offset.
        var pointer = PointerOf(fault, address);
        if (pointer is { } value and not 0)
        {
            yield return new Finding(
                OopsKind.NullPointerDereference,
                $"{fault.Function} {does} memory at 0x{address:x}: the pointer was the number {value}, which is no "
                    + "pointer, and no NULL",
                Certainty.Certain, FindingRole.Symptom, evidence,
                "It was overwritten (an entry of a list, a member), is an error code or a counter taken for a pointer, or "
                    + "was never set: "
                    + "find out where it was loaded from.");
            yield break;
        }
        var isSure = pointer == 0 || address == 0 || ShadowLine(context) is not null;
        yield return new Finding(
            OopsKind.NullPointerDereference,
            $"{fault.Function} {does} {what} through a pointer that was NULL (NULL pointer dereference)",
            isSure ? Certainty.Certain : Certainty.Likely, FindingRole.Cause, evidence,
            $"Find out why the pointer was NULL: look at {fault.Function} and what its callers gave it. "
                + "Ask whether a newer version has a fix for this function.");
    }

    // An index may be what is wrong; there the sum says nothing of the pointer.
    private static ulong? PointerOf(FaultSite fault, ulong address) =>
        fault.Access is { Base: { } register, IsIndexed: false } access && fault.Address == address
            ? fault.Register(register) is { } known && known + (ulong)access.Displacement <= address
                && address - (known + (ulong)access.Displacement) < (ulong)Math.Max(access.Size, 1)
                ? known
                : address - (ulong)access.Displacement is var told && told <= address ? told : null
            : null;

    // KASAN checks its shadow of the address first: there the fault is, at an address that can be none.
    private static ulong? AddressOf(FindingContext context, FaultSite fault)
    {
        if (ShadowLine(context) is { } said)
        {
            var at = said.IndexOf("[0x", StringComparison.Ordinal) + 3;
            var end = said.IndexOf('-', Math.Max(at, 3));
            return at >= 3 && end > at && ulong.TryParse(said.AsSpan(at, end - at), NumberStyles.AllowHexSpecifier,
                CultureInfo.InvariantCulture, out var checkedAddress) ? checkedAddress : 0;
        }
        return fault.Address is { } address && address < context.PageSize
            && (context.Message.Contains("kernel NULL pointer dereference", StringComparison.Ordinal)
                || fault.ErrorCode is not null) ? address : null;
    }

    /// <summary>KASAN's line that the fault was an access near address 0, or null.</summary>
    internal static string? ShadowLine(FindingContext context) =>
        context.InLastWords(text => text.StartsWith("KASAN: null-ptr-deref in range ", StringComparison.Ordinal))
            .Select(line => line.Text).LastOrDefault();
}
