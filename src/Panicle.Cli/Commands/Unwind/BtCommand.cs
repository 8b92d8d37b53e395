using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Panicle.Cli.Rendering;
using Panicle.Formats.Demangling;
using Panicle.Formats.Json;
using Panicle.Kernel;
using Panicle.Kernel.Arch;
using Panicle.Kernel.DebugInfo;
using Panicle.Kernel.Sched;
using Panicle.Kernel.Unwind;
using Panicle.Symbols;

namespace Panicle.Cli.Commands.Unwind;

internal sealed record BtResult(IReadOnlyList<BtTask> Tasks);

internal sealed record BtTask(
    int Pid, Address Task, int? Cpu, string Command, bool IsRunning, IReadOnlyList<BtFrame> Frames, string? Problem);

/// <summary>One frame, with its number and what was asked for.</summary>
internal sealed record BtFrame : BacktraceFrame
{
    private BtFrame(int index, BacktraceFrame frame) : base(frame) => Index = index;

    /// <summary>The frame's number in the backtrace, from 0 on.</summary>
    public int Index { get; }

    /// <summary>With -f: the words on the stack from this frame's up to the next one's.</summary>
    public IReadOnlyList<Address>? Words { get; init; }

    /// <summary>With -L: the frame's functions with their variables, the innermost inlined one first.</summary>
    public IReadOnlyList<FrameFunction>? Locals { get; init; }

    /// <summary>With -l: why there are no source lines, or null.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? NoSource { get; init; }

    public static BtFrame Of(int index, BacktraceFrame frame) => new(index, frame);
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true,
    Converters = [typeof(WideUInt64Converter), typeof(WideInt64Converter)])]
[JsonSerializable(typeof(BtResult))]
internal sealed partial class BtJson : JsonSerializerContext;

/// <summary>bt: the stack of a task.</summary>
internal sealed class BtCommand : Command<BtResult>
{
    private const int MostWordsOfFrame = 2048;

    /// <inheritdoc/>
    public override CommandInfo Info { get; } = new("bt", "backtrace of a task")
    {
        SchemaVersion = 4,
        Options =
        [
            Option.Flag("-a", "the tasks that the CPUs were running"),
            Option.Number("-c", "CPU", "the task that this CPU was running"),
            Option.Flag("-p", "the task that panicked, whatever task is set"),
            Option.Flag("-s", "function names with offsets"),
            Option.Flag("-l", "source lines"),
            Option.Flag("-L", "parameters and variables of each function"),
            Option.Flag("-f", "the words of each frame"),
        ],
        OneOf = [new("-a", "-c", "-p")],
        Operands = [Operand.Any("PID | TASK", Completes.Tasks)],
        Description = """
            The functions that a task was in, innermost first. Without an operand: the current task, which at the start is
            the one that panicked. Each line has the frame's number, where on the stack its return address lies, the
            function, the return address, and how the frame was found: by the CPU's saved registers, by the frame that the
            scheduler left (switch), by an exception frame, by the kernel's ORC tables, by the call site (code without
            tables: the word on the stack right after a call of that very function), by the frame pointer, or by scanning the
            stack. Where the function graph tracer or a probe of a function's return (a kretprobe, a rethook) had put its own
            address in the place of a return address, the frame is the one that its records name (graph tracer, return
            probe). What was found by a scan, and what follows from it, may be left over from an earlier call and is marked
            with '?'. Where an exception or a system call came in, the registers of the interrupted code follow.

            Where the debug information of the kernel or the module can be found, functions that the compiler has inlined
            into a frame's stand before it, marked "(inlined)". With -l each is followed by its source line, with -L by its parameters
            and variables ('frame' says more of them).
            """,
        Examples =
        [
            new("bt", """
                PID: 142      TASK: ffff9e8982a5af80  CPU: 1    COMMAND: "sh"
                 #0 [ffffa5e8c0493e20] sysrq_handle_crash at ffffffffb4c9a116  (registers)
                """),
        ],
    };

    /// <inheritdoc/>
    protected override JsonTypeInfo<BtResult> JsonType => BtJson.Default.BtResult;

    /// <inheritdoc/>
    protected override BtResult Execute(CommandContext context, ParsedArguments arguments)
    {
        var tasks = new List<BtTask>();
        foreach (var task in TasksOf(context, arguments))
        {
            context.Cancellation.ThrowIfCancellationRequested();
            tasks.Add(Trace(context.Session, task, arguments));
        }
        return new BtResult(tasks);
    }

    /// <inheritdoc/>
    protected override void WriteText(BtResult result, View view, TextOutput output)
    {
        for (var i = 0; i < result.Tasks.Count; i++)
        {
            if (i > 0)
                output.Line();
            WriteTask(result.Tasks[i], view, output);
        }
    }

    private static IEnumerable<KernelTask> TasksOf(CommandContext context, ParsedArguments arguments)
    {
        var kernel = context.Session.Kernel;
        if (arguments.Has("-a"))
            return kernel.Cpus.Online.Select(cpu => kernel.Tasks.CurrentOf(cpu)).OfType<KernelTask>();
        if (arguments.Number("-c") is { } cpu)
            return [kernel.Tasks.CurrentOf(cpu) ?? throw new CommandException($"there is no CPU {cpu}")];
        if (arguments.Has("-p"))
            return [kernel.Crash.Task ?? throw new CommandException(kernel.Crash.WhyNoTask!)];
        return arguments.Operands.Count == 0
            ? [context.Session.CurrentTask]
            : arguments.Operands.Select(operand => context.Session.FindTask(operand));
    }

    private static BtTask Trace(Session session, KernelTask task, ParsedArguments arguments)
    {
        var kernel = session.Kernel;
        var trace = kernel.Unwinder.Unwind(task);
        var locals = arguments.Has("-L") ? DebugFrames.Of(kernel, trace) : null;
        var frames = trace.Frames.Select((frame, index) =>
            BtFrame.Of(index, frame.ToData(session.Lines)) with
            {
                Words = arguments.Has("-f") ? WordsOf(kernel, trace.Frames, index) : null,
                Locals = locals is null ? null : FrameFunction.Of(kernel, locals[index]),
                NoSource = frame.IsUser || !arguments.Has("-l") ? null : session.Lines.WhyMissing(frame.Address),
            });
        return new BtTask(task.Pid, task.Address, task.Cpu, task.Command, task.IsOnCpu, [.. frames], trace.WhyNotWhole);
    }

    // From this frame's word on the stack up to the next frame's.
    private static IReadOnlyList<Address> WordsOf(KernelDump kernel, IReadOnlyList<StackFrame> frames, int index)
    {
        if (frames[index].IsUser)
            return [];
        var wordSize = (ulong)kernel.Memory.Words.Size;
        var start = frames[index].StackAddress;
        var end = index + 1 < frames.Count && !frames[index + 1].IsUser ? frames[index + 1].StackAddress : start + wordSize;
        var words = new List<Address>();
        for (var at = start; at < end && words.Count < MostWordsOfFrame; at += wordSize)
        {
            if (!kernel.Memory.TryReadWord(at, out var word))
                break;
            words.Add(word);
        }
        return words;
    }

    private static void WriteTask(BtTask task, View view, TextOutput output)
    {
        output.Line($"PID: {task.Pid,-8} TASK: {task.Task}  CPU: {task.Cpu,-4} COMMAND: \"{task.Command}\"");
        var stack = task.Frames.Count > 0 ? task.Frames[0].Stack : FrameStack.Task;
        if (!stack.IsTask)
            output.Line($"--- <{stack} stack> ---");
        foreach (var frame in task.Frames)
        {
            if (frame.Stack != stack)
                output.Line($"--- <{stack} stack> to <{frame.Stack} stack> ---");
            stack = frame.Stack;
            WriteFrame(frame, view, output);
        }
        if (task.Problem is not null)
            output.Line(task.Frames.Count == 0
                ? $"    (no backtrace: {task.Problem})"
                : $"    (the backtrace is not whole: {task.Problem})");
    }

    private static void WriteFrame(BtFrame frame, View view, TextOutput output)
    {
        if (frame.IsUser)
        {
            WriteRegisters(frame.Registers!, view.Registers, output);
            return;
        }
        var ownLocals = 0;
        foreach (var inlined in FrameText.Inlined(frame))
        {
            output.Line($"     (inlined)          {FrameText.Doubt(frame)}{NameDemangler.PathOf(inlined.Function ?? "")}");
            WriteSource(inlined, view, output);
            if (frame.Locals is { } locals && ownLocals < locals.Count && locals[ownLocals].Function == inlined.Function)
                locals[ownLocals++].WriteTo(output, "    ", withName: false, view.Numbers);
        }
        output.Line(frame is { FoundBy: FoundBy.ExceptionFrame, Registers: not null }
            ? $"    {FrameText.Exception(frame, view.Registers.InstructionPointer)}"
            : $"{$"#{frame.Index}",3} {FrameText.WithAddresses(frame, view.Has("-s"))}");
        if (frame.NoSource is not null)
            output.Line($"    ({frame.NoSource})");
        if (frame.Source is [.., { IsInlined: false } source])
            WriteSource(source, view, output);
        for (var i = ownLocals; i < frame.Locals?.Count; i++)
            frame.Locals[i].WriteTo(output, "    ", withName: i + 1 < frame.Locals.Count, view.Numbers);
        if (frame.Registers is not null)
            WriteRegisters(frame.Registers, view.Registers, output);
        if (frame.Words is { } words)
            WriteWords(frame.StackAddress ?? 0, words, view.Words.Size, output);
    }

    private static void WriteSource(SourceFrame source, View view, TextOutput output)
    {
        if (view.Has("-l") && source.Name is not null)
            output.Line($"    {source.Name}: {source.Line}");
    }

    private static void WriteRegisters(IReadOnlyDictionary<string, Address> registers, RegisterSet set, TextOutput output)
    {
        foreach (var row in set.Rows)
        {
            var cells = row.Where(field => registers.ContainsKey(field.Name))
                .Select(field => $"{field.Label}: {registers[field.Name].Value.ToString($"x{field.Digits}")}").ToList();
            if (cells.Count > 0)
                output.Line("    " + string.Join("  ", cells));
        }
    }

    private static void WriteWords(ulong start, IReadOnlyList<Address> words, int wordSize, TextOutput output)
    {
        for (var i = 0; i < words.Count; i += 2)
        {
            var second = i + 1 < words.Count ? $" {words[i + 1]}" : "";
            output.Line($"    {(Address)(start + (ulong)i * (uint)wordSize)}: {words[i]}{second}");
        }
    }
}
