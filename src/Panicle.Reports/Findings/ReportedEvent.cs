using Panicle.Logs.Events;

namespace Panicle.Reports.Findings;

/// <summary>
/// The crash as the log's own words have it: the last resort, for what no rule explains. Not in the table of rules.
/// </summary>
internal sealed class ReportedEvent : FindingRule
{
    /// <inheritdoc/>
    public override IEnumerable<Finding> Look(FindingContext context)
    {
        if (context.Event is not { } found)
            yield break;
        var (what, term, advice) = Words(found.Kind);
        var function = found.FullFunction is { } name ? $" in {name}" : "";
        var at = found.Location is null ? "" : $" at {found.Location}";
        var words = found.Kind == OopsKind.Warning ? context.WarningWords : null;
        var said = words is { } line ? $": \"{line.Text.Trim()}\"" : "";
        if (words is not null)
            advice = "These are the developer's own words: look for them in the source of this very version, and at what "
                + "is tested there.";
        List<Evidence> evidence = [.. context.Headline];
        if (words is { } spoken)
            evidence.Add(context.Quote(spoken));
        if (found.Instruction is { } instruction)
            evidence.Add(new($"the CPU was at {instruction.Place}{(found.Access is null ? "" : $", which {found.Access}")}"));
        if (found.PanicMessage is { } panic && !found.Title.Contains(panic, StringComparison.Ordinal))
            evidence.Add(new($"the kernel panicked of it: {panic}"));
        yield return new Finding(
            found.Kind, $"{what}{function}{at}{said} ({term})", Certainty.Certain, FindingRole.Symptom, evidence, advice);
    }

    /// <summary>A kind in words: what happened, the kernel's term, and what to do next.</summary>
    internal static (string What, string Term, string Advice) Words(OopsKind kind) => kind switch
    {
        OopsKind.NullPointerDereference => ("Memory was used through a pointer that was NULL", "NULL pointer dereference",
            "Find out why the pointer was NULL: look at the function and what its callers gave it."),
        OopsKind.PageFault =>
            ("Memory was used that the kernel may not use so", "page fault", "Find out where the address came from."),
        OopsKind.GeneralProtectionFault =>
            ("A pointer was followed that can be no address, or another rule of the processor was broken",
                "general protection fault", "Find out where the pointer came from: it was overwritten, or is not a pointer."),
        OopsKind.WildAccess =>
            ("Memory was used at an address where nothing can be", "wild access", "Find out where the pointer came from."),
        OopsKind.UseAfterFree => ("Memory was used after it had been freed", "use after free",
            "Compare the traces of the allocation, the free and the use: one of them is wrong."),
        OopsKind.OutOfBounds => ("Memory was used beyond the end of its object", "out of bounds",
            "Compare the size of the object with the index or length that was used."),
        OopsKind.InvalidFree => ("Something was freed twice, or was never allocated", "invalid free",
            "Find out which of the two frees is wrong; a kernel with KASAN prints both."),
        OopsKind.MemoryCorruption =>
            ("Memory was found in a state that it can't have", "memory corruption",
                "It was overwritten, freed too early, or changed without its lock. A kernel with KASAN prints who did it."),
        OopsKind.UninitializedValue =>
            ("A value was used that nobody had set", "uninitialized value", "See where the value was made: the log says it."),
        OopsKind.InfoLeak => ("Memory that nobody had set left the kernel", "information leak",
            "See where the memory came from: the log says it."),
        OopsKind.DataRace => ("Two CPUs used the same memory at once without a lock", "data race",
            "Look at both traces: a lock or READ_ONCE()/WRITE_ONCE() is missing."),
        OopsKind.UndefinedBehavior =>
            ("An operation had no defined result", "undefined behavior", "Look at the line that the log names."),
        OopsKind.Bug => ("A check of the kernel's own failed", "BUG",
            "Read the condition in the source of this very version: it says what must never be."),
        OopsKind.Warning => ("The kernel warned", "WARNING",
            "Read the condition in the source of this very version: it says what the developer took for impossible."),
        OopsKind.Refcount => ("A reference count went wrong", "refcount",
            "Someone gave back a reference too often, or used an object that had none left."),
        OopsKind.Locking => ("A lock was misused, or tasks might wait for each other's locks", "locking",
            "Look at the traces: each shows where a lock is taken."),
        OopsKind.SleepInAtomic => ("Something slept where that is forbidden", "sleeping in atomic context",
            "Look at the trace: a lock is held, or interrupts are off, around a function that sleeps."),
        OopsKind.MemoryLeak => ("Memory was lost: nothing points to it", "memory leak", "The trace shows who allocated it."),
        OopsKind.SoftLockup =>
            ("A CPU ran kernel code for too long and let nothing else run", "soft lockup", "Find out why that code doesn't end."),
        OopsKind.HardLockup =>
            ("A CPU did not even take interrupts", "hard lockup", "Find out what it waits for with interrupts off."),
        OopsKind.RcuStall => ("A CPU or task held up the end of RCU's grace period", "RCU stall",
            "Find out what keeps that code from ending, or its CPU from scheduling."),
        OopsKind.HungTask => ("A task was blocked for too long", "hung task",
            "See what it waits for: a lock and its holder, a disk, or a server that didn't answer."),
        OopsKind.OutOfMemory => ("Memory was not to be had", "out of memory", "See in the log who held it."),
        OopsKind.StackOverflow => ("A kernel stack ran over its end", "stack overflow",
            "Look for recursion, and for the functions with the largest frames, in the backtrace."),
        OopsKind.DoubleFault => ("The processor could not even handle an exception", "double fault",
            "Often a stack that ran over its end: see whether the stack pointer is on a stack."),
        OopsKind.DivideError =>
            ("A division by zero, or one whose result didn't fit", "divide error", "Find out where the divisor comes from."),
        OopsKind.InvalidOpcode => ("The processor did not know an instruction", "invalid opcode",
            "It was built for another processor, needs what isn't turned on, is a check that failed (ud2), or was overwritten."),
        OopsKind.Alignment =>
            ("Memory was used at an address that isn't aligned", "alignment", "Find out where the address came from."),
        OopsKind.HardwareError =>
            ("The hardware reported an error", "hardware error",
                "Read the machine's own log of events, if it has one (a server's IPMI SEL)."),
        OopsKind.FilesystemError =>
            ("A file system found itself damaged", "file-system error", "Check the file system, and the disk under it."),
        OopsKind.IoError => ("A device failed to read or write", "I/O error",
            "Look at the disk's own log (smartctl), its cables and its controller."),
        OopsKind.Panic => ("The kernel gave up by itself", "panic", "The function above panic() in the trace knows why."),
        _ => ("The kernel complained", "see the log", "Read the log's lines around it."),
    };
}
