using System.Text.Json.Serialization;
using Panicle.Formats.Json;

namespace Panicle.Symbols;

/// <summary>
/// How a frame was found, from the most to the least trustworthy. In JSON, and in text, each is written in words: "exception
/// frame".
/// </summary>
[JsonConverter(typeof(FoundByConverter))]
public enum FoundBy
{
    /// <summary>The CPU's registers, saved when it stopped.</summary>
    Registers,
    /// <summary>The stack pointer that the scheduler saved when it switched away from the task.</summary>
    Switch,
    /// <summary>A <c>struct pt_regs</c> on the stack: the code that an exception, interrupt or system call interrupted.</summary>
    ExceptionFrame,
    /// <summary>The rules that objtool put into the kernel (<c>.orc_unwind</c>).</summary>
    Orc,
    /// <summary>Call-frame information of debug files (<c>.debug_frame</c>, <c>.eh_frame</c>).</summary>
    Cfi,
    /// <summary>
    /// The function graph tracer's own record of the return address that it has replaced on the stack, found by one of the above.
    /// </summary>
    GraphTracer,
    /// <summary>The same of a probe of a function's return: a kretprobe or a rethook.</summary>
    ReturnProbe,
    /// <summary>The first word up the stack that lies right after a call of the very function that was running.</summary>
    CallSite,
    /// <summary>The chain of saved frame pointers.</summary>
    FramePointer,
    /// <summary>A word on the stack that looks like a return address. It may be left over from an earlier call.</summary>
    Scan,
}

/// <summary>Writes <see cref="FoundBy"/> in words.</summary>
public sealed class FoundByConverter() : JsonStringEnumConverter<FoundBy>(EnumWords.Policy, allowIntegerValues: false);
