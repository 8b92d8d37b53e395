using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Panicle.Formats.Json;
using Panicle.Kernel;
using Panicle.Kernel.Values;
using Panicle.Symbols;

namespace Panicle.Cli.Commands.Values;

/// <summary>
/// An expression's value, or one for each CPU. Values is empty where only the places of a per-CPU variable are shown.
/// </summary>
internal sealed record PResult(string Expression, string Type, IReadOnlyList<PValue> Values)
{
    /// <summary>Whether the type is a function's, and the value therefore the place of its code.</summary>
    public bool IsFunction { get; init; }

    /// <summary>The declaration of a per-CPU variable whose copies are listed, or null.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Declaration { get; init; }
}

/// <summary>A value: whose it is, and where it lies (null if it was computed).</summary>
internal sealed record PValue(int? Cpu, Address? Address, [property: JsonConverter(typeof(ValueNodeJson))] ValueNode? Value);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true,
    Converters = [typeof(WideUInt64Converter), typeof(WideInt64Converter)])]
[JsonSerializable(typeof(PResult))]
internal sealed partial class PJson : JsonSerializerContext;

/// <summary>p: the value of a C expression.</summary>
internal sealed class PCommand : Command<PResult>
{
    /// <inheritdoc/>
    public override CommandInfo Info { get; } = new("p", "value of a C expression")
    {
        SchemaVersion = 2,
        Aliases = ["print"],
        OptionsFirst = true,
        Options =
        [
            Option.Flag("-x", "numbers in hexadecimal"),
            Option.Flag("-d", "numbers in decimal"),
            Option.Choice("-f", "FORMAT", "numbers as gdb's letter says; 'p/x' is the same as 'p -f x'", "x", "d", "u", "o", "t",
                "c") with { Synonyms = ["a", "s"] },
        ],
        OneOf = [new("-x", "-d", "-f")],
        Operands = [Operand.Some("EXPRESSION[:CPUS]", Completes.Symbols)],
        Description = """
            Computes a C expression over the kernel's memory: symbols, members, pointers, arrays, casts, arithmetic, comparison,
            "?:", sizeof, and gdb's "@" (array@COUNT). "current" is the current task ('set'), "$rip" and its like are that task's
            registers, and enumerators go by name. An expression with ">" or "|" outside of parentheses needs them, since those
            send output to the system.

            The kernel keeps types of functions and of per-CPU variables only. Those of all others come from debug information,
            where that can be found; without it Panicle knows those of the well-known globals, and takes any other as unsigned long,
            which a note says: cast it, as in "p *(struct foo *)&name". With debug information, 'fs/exec.c'::formats is the variable of
            that file, where several have one of the name; and the variables of the frame that 'frame' chose go by name.

            A per-CPU variable alone lists where its copies are; ":0" or ":a" behind it shows them.
            """,
        Examples =
        [
            new("p init_task.comm", "init_task.comm = \"swapper/0\""),
            new("p runqueues", """
                PER-CPU DATA TYPE:
                  struct rq runqueues;
                PER-CPU ADDRESSES:
                  [0]: ff2e6e85be231980
                  [1]: ff2e6e85be331980
                """),
            new("p current->mm->pgd", "current->mm->pgd = (pgd_t *) 0xff2e6e85813a2000", "The page table of the current task."),
            new("p *current", """
                *current = {
                  thread_info = {
                    flags = 0,
                ...
                """, "The whole task_struct."),
        ],
    };

    /// <inheritdoc/>
    protected override JsonTypeInfo<PResult> JsonType => PJson.Default.PResult;

    public override string? Rewrite(CommandLine line, CommandContext context) =>
        line.Name.Split('/') is ["p" or "print", { Length: > 0 } format]
            ? string.Join(' ', ["p", "-f", format, .. line.Arguments.Select(word => word.Raw)])
            : null;

    /// <inheritdoc/>
    protected override PResult Execute(CommandContext context, ParsedArguments arguments)
    {
        var kernel = context.Session.Kernel;
        var (text, cpus) = CpuSpecification.Split(context, arguments.Text);
        if (cpus is null && GlobalTypes.TryFind(kernel, text, out var symbol) && kernel.Cpus.IsPerCpu(symbol.Address))
            return Places(kernel, symbol);

        var values = new List<(int? Cpu, KernelValue Value)>();
        foreach (var cpu in cpus?.Select(cpu => (int?)cpu) ?? [null])
            values.Add((cpu, CExpressions.Evaluate(context, text, cpu)));
        var type = values[0].Value.Type;
        return new PResult(text, type.DisplayName(), [.. values.Select(value => Read(kernel, value.Value, value.Cpu))])
        {
            IsFunction = type.Strip().Kind == TypeKind.Function,
        };
    }

    /// <inheritdoc/>
    protected override void WriteText(PResult result, View view, TextOutput output)
    {
        if (result.Declaration is { } declaration)
        {
            output.Line("PER-CPU DATA TYPE:");
            output.Line($"  {declaration}");
            output.Line("PER-CPU ADDRESSES:");
            foreach (var place in result.Values)
                output.Line($"  [{place.Cpu}]: {place.Address}");
            return;
        }
        var format = FormatOf(view);
        var byLetter = view.Arguments.Value("-f") is not (null or "a" or "s");
        foreach (var value in result.Values)
        {
            var name = value.Cpu is { } cpu ? $"per_cpu({result.Expression}, {cpu})" : result.Expression;
            var text = ValueText.Of(value.Value!, format, byLetter: byLetter);
            output.Block($"{name} = {PrefixOf(result, value.Value!, format)}{text}");
        }
    }

    private static PResult Places(KernelDump kernel, Symbol symbol)
    {
        var type = GlobalTypes.Of(kernel, symbol);
        var places = kernel.Cpus.Online.Select(cpu => new PValue(cpu, kernel.Cpus.AddressOf(symbol.Address, cpu), null));
        return new PResult(symbol.Name, type?.DisplayName() ?? "unknown", [.. places])
        {
            Declaration = type is null ? $"(unknown) {symbol.Name};" : $"{type.Declare(symbol.Name)};",
        };
    }

    private static PValue Read(KernelDump kernel, KernelValue value, int? cpu)
    {
        var node = new ValueReader(kernel).Read(value);
        if (node is ErrorNode error)
            throw new CommandException(error.Reason);
        Address? address = value.HasAddress ? value.Address : null;
        return new PValue(cpu, address, node);
    }

    // gdb names the type of a pointer, unless it is one to text, and of a function.
    private static string PrefixOf(PResult result, ValueNode value, NumberFormat format)
    {
        if (format != NumberFormat.Natural || value is not PointerNode { Text: null, WhyNoText: null })
            return "";
        return result.IsFunction ? $"{{{result.Type}}} " : $"({result.Type}) ";
    }

    private static NumberFormat FormatOf(View view) =>
        view.Arguments.Value("-f") switch
        {
            null => view.Numbers,
            "x" or "a" => NumberFormat.Hex,
            "d" => NumberFormat.Decimal,
            "u" => NumberFormat.Unsigned,
            "o" => NumberFormat.Octal,
            "t" => NumberFormat.Binary,
            "c" => NumberFormat.Character,
            _ => NumberFormat.Natural,
        };
}
