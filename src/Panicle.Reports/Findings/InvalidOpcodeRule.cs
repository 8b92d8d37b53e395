using Panicle.Logs.Events;

namespace Panicle.Reports.Findings;

/// <summary>The processor refused an instruction (x86's #UD).</summary>
internal sealed class InvalidOpcodeRule : FindingRule
{
    private static readonly (string[] Names, string What, string Advice)[] Known =
    [
        (["vmcall", "vmmcall"], "a call of the hypervisor: it is valid only in a guest, and each maker's processors have "
            + "their own",
            "The code took the machine for a guest, or for one on another processor: see what it tests before."),
        (["vmxon", "vmxoff", "vmlaunch", "vmresume", "vmread", "vmwrite", "vmptrld", "vmptrst", "vmclear", "invept", "invvpid"],
            "an instruction of Intel's virtualization: it is valid only while that is on (VMXON)",
            "Virtualization was turned off under it, or was never turned on."),
        (["vmrun", "vmload", "vmsave", "stgi", "clgi", "skinit"],
            "an instruction of AMD's virtualization: it is valid only while that is on (EFER.SVME)",
            "Virtualization was turned off under it, or was never turned on."),
        (["ud0", "ud1", "ud2"], "an instruction that is there to fail: a check of the compiler's or the kernel's own",
            "Read the condition before it in the source; where a BUG has no table, a sanitizer that traps does this."),
        (["rdpid", "rdrand", "rdseed", "xsaves", "xsavec", "xrstors", "clflushopt", "clwb", "endbr64", "enqcmd", "wbnoinvd",
            "tpause",
            "umwait"], "an instruction that not every processor has",
            "The kernel took the processor for one that has it: see what it, or the hypervisor, says of itself (CPUID)."),
    ];

    /// <inheritdoc/>
    public override IEnumerable<Finding> Look(FindingContext context)
    {
        if (context.Event is not { Kind: OopsKind.InvalidOpcode } found || context.Fault is not { Instruction: { } text } fault)
            yield break;
        var name = text.Split(' ')[0].TrimStart('*');
        var (_, what, advice) = Array.Find(Known, known => known.Names.Contains(name));
        if (what is null && (name.Length == 0 || name[0] == '(' || name.StartsWith('.')))
            yield break;
        yield return new Finding(
            OopsKind.InvalidOpcode,
            $"The processor refused {name}{(what is null ? "" : $", {what}")}, in {found.FullFunction ?? fault.Function} "
                + "(invalid opcode)",
            what is null ? Certainty.Likely : Certainty.Certain, FindingRole.Symptom, [.. context.Headline, .. fault.Evidence],
            advice ?? "The processor doesn't know it, it isn't turned on, or the code was overwritten or jumped into wrongly: "
                + "compare the bytes with the kernel's file.");
    }
}
