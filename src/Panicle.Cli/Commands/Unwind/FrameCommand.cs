using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Panicle.Cli.Rendering;
using Panicle.Formats.Json;
using Panicle.Kernel.DebugInfo;
using Panicle.Symbols;

namespace Panicle.Cli.Commands.Unwind;

/// <summary>
/// A frame of the current task: its functions with their variables, innermost first, and the registers that are still known.
/// </summary>
internal sealed record FrameResult : BacktraceFrame
{
    private FrameResult(int index, BacktraceFrame frame, IReadOnlyList<FrameFunction> functions) : base(frame) =>
        (Index, Functions) = (index, functions);

    /// <summary>The frame's number in the backtrace, from 0 on.</summary>
    public int Index { get; }

    /// <summary>Its functions with their variables.</summary>
    public IReadOnlyList<FrameFunction> Functions { get; }

    public static FrameResult Of(int index, BacktraceFrame frame, IReadOnlyList<FrameFunction> functions) =>
        new(index, frame, functions);
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true,
    Converters = [typeof(WideUInt64Converter), typeof(WideInt64Converter)])]
[JsonSerializable(typeof(FrameResult))]
internal sealed partial class FrameJson : JsonSerializerContext;

/// <summary>frame: chooses a frame of the current task, and shows its variables.</summary>
internal sealed class FrameCommand : Command<FrameResult>
{
    /// <inheritdoc/>
    public override CommandInfo Info { get; } = new("frame", "choose a frame; its variables")
    {
        SchemaVersion = 4,
        Operands = [Operand.Optional("NUMBER")],
        Description = """
            Chooses a frame of the current task's backtrace by the number that 'bt' gives it, and shows its functions, those that were
            inlined first, with their parameters and variables. From then on the names of its variables can be used in expressions:
            "p key", "p *file->f_inode". Without a number: the frame that is chosen, at first the innermost. Another task ('set')
            ends the choice.

            This needs the debug information of the kernel or module. A variable whose register has been used again, or that the compiler left
            out, says so. In callers the registers that functions preserve are known from the frames below; an argument that was
            overwritten is taken from what the caller passed, where that is known.
            """,
        Examples =
        [
            new("frame 3", """
                #3 [ff89dcd6004abd08] __handle_sysrq+0xa7 at ffffffffbcece717  (orc)
                  __handle_sysrq:
                    key = <rdi at entry isn't known>
                    check_mask = false
                    op_p = (const struct sysrq_key_op *) 0xffffffffbd6f2980 <sysrq_crash_op>
                    orig_log_level = 7
                    orig_suppress_printk = 0
                    i = <optimized out here>
                  RBX: 0000000000000000  RBP: 0000000000000007  RSP: ff89dcd6004abd10
                  R12: ffffffffbd6f2980  R13: 0000000000000000  R14: 0000000000000063
                  R15: ff3b2df59f26a100  RIP: ffffffffbcece717
                """, "The variables of the fourth frame."),
        ],
    };

    /// <inheritdoc/>
    protected override JsonTypeInfo<FrameResult> JsonType => FrameJson.Default.FrameResult;

    /// <inheritdoc/>
    protected override FrameResult Execute(CommandContext context, ParsedArguments arguments)
    {
        var session = context.Session;
        var frames = session.Frames;
        if (frames.Count == 0)
            throw new CommandException("the current task has no backtrace; 'bt' says why");
        var index = arguments.Operand(0) is { } number ? Numbers.Count(number, "NUMBER") : IndexOf(session);
        if (index >= frames.Count)
            throw new CommandException($"there is no frame {index}; the backtrace has {frames.Count}, from 0 on");
        var frame = frames[index];
        session.CurrentFrame = frame;
        var functions = FrameFunction.Of(session.Kernel, frame);
        if (functions.Count == 0)
            context.Note(frame.Info is null
                ? $"variables need the debug information of {frame.Frame.Function?.Module ?? "vmlinux"}"
                : "the debug information has no function here: this is code without C");
        return FrameResult.Of(
            index, frame.Frame.ToData(session.Lines) with { Registers = RegistersOf(frame) }, functions);
    }

    /// <inheritdoc/>
    protected override void WriteText(FrameResult result, View view, TextOutput output)
    {
        output.Line($"#{result.Index} {FrameText.WithAddresses(result, withOffset: true)}");
        foreach (var function in result.Functions)
            function.WriteTo(output, "  ", withName: true, view.Numbers);
        var line = "";
        foreach (var (name, value) in result.Registers ?? new Dictionary<string, Address>())
        {
            line += $"  {name.ToUpperInvariant(),3}: {value}";
            if (line.Length < 60)
                continue;
            output.Line(line);
            line = "";
        }
        if (line.Length > 0)
            output.Line(line);
    }

    private static int IndexOf(Session session)
    {
        for (var i = 0; i < session.Frames.Count; i++)
            if (session.Frames[i] == session.CurrentFrame)
                return i;
        return 0;
    }

    private static Dictionary<string, Address> RegistersOf(DebugFrame frame)
    {
        var names = frame.Registers.Names;
        var known = new Dictionary<string, Address>();
        for (var i = 0; i < names.Count; i++)
            if (frame.Register(i) is { } value)
                known[names[i]] = value;
        return known;
    }
}
