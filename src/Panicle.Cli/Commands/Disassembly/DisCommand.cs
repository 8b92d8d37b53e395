using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Panicle.Cli.Commands.Values;
using Panicle.Formats.Instructions;
using Panicle.Formats.Json;
using Panicle.Kernel;
using Panicle.Kernel.Disassembly;
using Panicle.Kernel.Module;
using Panicle.Symbols;

namespace Panicle.Cli.Commands.Disassembly;

internal sealed record DisResult(IReadOnlyList<DisInstruction> Instructions)
{
    /// <summary>With -s: the source of the address; null otherwise.</summary>
    public SourcePlace? Source { get; init; }
}

/// <summary>
/// One instruction. Offset is from the function's start, in bytes; Bytes is the encoding in hexadecimal; Target is the address
/// that Text ends with, if it does, and TargetSymbol what lies there.
/// </summary>
internal sealed record DisInstruction(
    Address Address, string? Function, ulong Offset, string? Module, string Bytes, string Text, Address? Target,
    string? TargetSymbol)
{
    /// <summary>
    /// With -l, where debug information is at hand: its line, and those of the calls through which it was inlined.
    /// </summary>
    public IReadOnlyList<SourceFrame> Source { get; init; } = [];
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true,
    Converters = [typeof(WideUInt64Converter), typeof(WideInt64Converter)])]
[JsonSerializable(typeof(DisResult))]
internal sealed partial class DisJson : JsonSerializerContext;

internal sealed class DisCommand : Command<DisResult>
{
    private const int MostInstructions = 100_000;

    // What gcc -mfentry leaves room for at a function's start.
    private const string FtraceNop = "0f1f440000";

    /// <inheritdoc/>
    public override CommandInfo Info { get; } = new("dis", "disassembled code")
    {
        Options =
        [
            Option.Flag("-r", "from the function's start up to the address"),
            Option.Flag("-f", "from the address to the function's end"),
            Option.Flag("-l", "source lines"),
            Option.Flag("-s", "the source instead of the code"),
            Option.Flag("-u", "the address is one of the current task's program"),
            Option.Flag("-x", "offsets in hexadecimal"),
            Option.Flag("-d", "offsets in decimal"),
        ],
        OneOf = [new("-r", "-f"), new("-x", "-d")],
        Operands =
        [
            Operand.Required("FUNCTION | ADDRESS | (EXPRESSION)", Completes.Symbols),
            Operand.Optional("COUNT"),
        ],
        Description = """
            Instructions in AT&T syntax. A function's name gives the whole function; an address, or a name with an offset, gives one
            instruction, or COUNT of them. With -r and COUNT: the last COUNT up to the address.

            The code is the one that the machine ran: read from the dump, with alternatives, static keys and ftrace as they were
            patched when the kernel died. So it may differ from what a disassembler shows of vmlinux. Code of modules is shown in
            the same way.

            With -l the file and line that instructions were compiled from stand before them, where the debug information of the
            kernel or the module can be found. With -s file and line of the address, and the source from the function's first
            line up to it (of the whole function for a name without an offset), where a source tree was named with --source; COUNT lines
            of it if COUNT is given.
            """,
        Examples =
        [
            new("dis sysrq_handle_crash", """
                0xffffffffb48a89f0 <sysrq_handle_crash>:	nopl   0x0(%rax,%rax,1) [FTRACE NOP]
                0xffffffffb48a89f5 <sysrq_handle_crash+5>:	call   0xffffffffb4328270 <__rcu_read_unlock>
                0xffffffffb48a89fa <sysrq_handle_crash+10>:	mov    $0xffffffffb55697b9,%rdi
                0xffffffffb48a8a01 <sysrq_handle_crash+17>:	call   0xffffffffb4bccf31 <panic>
                0xffffffffb48a8a06 <sysrq_handle_crash+22>:	cs nopw 0x0(%rax,%rax,1)
                """, "A whole function."),
            new("dis -r sysrq_handle_crash+17 2", """
                0xffffffffb48a89fa <sysrq_handle_crash+10>:	mov    $0xffffffffb55697b9,%rdi
                0xffffffffb48a8a01 <sysrq_handle_crash+17>:	call   0xffffffffb4bccf31 <panic>
                """, "The two instructions that end at an address."),
        ],
    };

    /// <inheritdoc/>
    protected override JsonTypeInfo<DisResult> JsonType => DisJson.Default.DisResult;

    /// <inheritdoc/>
    protected override DisResult Execute(CommandContext context, ParsedArguments arguments)
    {
        var kernel = context.Session.Kernel;
        var hex = arguments.Has("-x") || (context.Settings.Radix == 16 && !arguments.Has("-d"));
        if (arguments.Has("-s"))
            return new DisResult([]) { Source = FunctionSource.Find(context, arguments.Operands[0], arguments.Operand(1)) };
        var listing = Read(context, arguments);
        if (listing.WhyNotWhole is { } why)
            context.Note(why);
        if (listing.Instructions.Count == 0)
            throw new CommandException(listing.WhyNotWhole ?? "there is no code");
        var user = arguments.Has("-u");
        var lines = arguments.Has("-l") && !user ? context.Session.Lines : null;
        if (lines?.WhyMissing(listing.Instructions[0].Address) is { } missing)
            context.Note(missing);
        return new DisResult([.. listing.Instructions.Select(instruction => Describe(kernel, instruction, hex, user) with
        {
            Source = lines?.Find(instruction.Address) ?? [],
        })]);
    }

    /// <inheritdoc/>
    protected override void WriteText(DisResult result, View view, TextOutput output)
    {
        if (result.Source is { } source)
        {
            output.Line($"FILE: {source.File}");
            output.Line($"LINE: {source.Line}");
            if (source.Text.Count > 0)
                output.Line();
            source.WriteText(output);
        }
        string? shown = null;
        foreach (var instruction in result.Instructions)
        {
            if (view.Has("-l") && instruction.Source is [{ Name: not null } frame, ..]
                && $"{frame.Name}: {frame.Line}" is var line && line != shown)
                output.Line(shown = line);
            output.Line(TextOf(instruction, view.IsHex));
        }
    }

    private static CodeListing Read(CommandContext context, ParsedArguments arguments)
    {
        var kernel = context.Session.Kernel;
        var place = arguments.Operands[0];
        int? count = arguments.Operand(1) is { } text ? Math.Min(Numbers.Count(text, "COUNT"), MostInstructions) : null;
        if (arguments.Has("-u"))
        {
            var space = context.Session.CurrentTaskMemory();
            return kernel.Code.From(Places.Parse(context, place), count ?? 1, space);
        }
        if (arguments.Has("-r"))
        {
            var lead = kernel.Code.UpTo(Places.Parse(context, place));
            return count is { } last ? lead with { Instructions = [.. lead.Instructions.TakeLast(last)] } : lead;
        }
        if (arguments.Has("-f"))
        {
            var rest = kernel.Code.ToEnd(Places.Parse(context, place));
            return count is { } first ? rest with { Instructions = [.. rest.Instructions.Take(first)] } : rest;
        }
        if (count is null && FunctionNamed(context, place) is { } function)
            return kernel.Code.Function(function);
        return kernel.Code.From(Places.Parse(context, place), count ?? 1);
    }

    private static Symbol? FunctionNamed(CommandContext context, string name)
    {
        var functions = context.Session.Kernel.Symbols.FindAll(name).Where(symbol =>
            symbol.IsText).Take(MostInstructions).ToList();
        if (functions.Count > 1)
        {
            var others = string.Join(", ", functions.Skip(1).Select(other => $"0x{other.Address:x}"));
            context.Note($"{functions.Count} functions are named {name}; the others are at {others}");
        }
        return functions.Count > 0 ? functions[0] : null;
    }

    private static DisInstruction Describe(KernelDump kernel, Instruction instruction, bool hex, bool user)
    {
        var known = !user & kernel.Symbols.TryLookup(instruction.Address, out var symbol);
        var target = instruction.Target is { } address && !user ? kernel.Symbols.Describe(address, hex) : null;
        return new DisInstruction(
            instruction.Address, known ? symbol.Name : null, known ? instruction.Address - symbol.Address : 0,
            known ? symbol.Module : null,
            Convert.ToHexStringLower(instruction.Bytes.Span), instruction.Text, instruction.Target, target);
    }

    private static string TextOf(DisInstruction instruction, bool hex)
    {
        var offset = instruction.Offset == 0 ? "" : hex ? $"+0x{instruction.Offset:x}" : $"+{instruction.Offset}";
        var place = instruction.Function is null ? "" : $" <{instruction.Function}{offset}>";
        var target = instruction.TargetSymbol is null ? "" : $" <{instruction.TargetSymbol}>";
        var isFtrace = instruction is { Function: not null, Offset: 0 or 4, Bytes: FtraceNop };
        return $"0x{instruction.Address.Value:x}{place}:\t{instruction.Text}{target}{(isFtrace ? " [FTRACE NOP]" : "")}";
    }
}
