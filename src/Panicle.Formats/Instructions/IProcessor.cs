namespace Panicle.Formats.Instructions;

/// <summary>
/// What a text that a kernel printed is read with: the processor's instructions, and what its exceptions say. Thread-safe.
/// </summary>
public interface IProcessor
{
    /// <summary>The register with the address of the instruction, in lower case: <c>rip</c>, <c>pc</c>.</summary>
    string InstructionPointer { get; }

    /// <summary>Writes its instructions as the GNU tools do.</summary>
    Disassembler Disassembler { get; }

    /// <summary>Says what its instructions do.</summary>
    IInstructionAnalyzer Instructions { get; }

    /// <summary>The error code of a page fault in words: "a write by the kernel to a page that is not present".</summary>
    string DescribePageFault(ulong errorCode);
}
