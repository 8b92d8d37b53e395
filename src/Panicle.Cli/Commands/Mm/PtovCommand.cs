using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Panicle.Cli.Commands.Values;
using Panicle.Formats.Json;

namespace Panicle.Cli.Commands.Mm;

/// <summary>Kernel addresses of physical memory and of per-CPU offsets.</summary>
internal sealed record PtovResult(IReadOnlyList<PtovEntry> Addresses);

/// <summary>
/// One address. Cpu is null and Physical given for a physical address; for a per-CPU offset it is the other way round.
/// </summary>
internal sealed record PtovEntry(Address Virtual, Address? Physical, Address? PerCpuOffset, int? Cpu);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true,
    Converters = [typeof(WideUInt64Converter), typeof(WideInt64Converter)])]
[JsonSerializable(typeof(PtovResult))]
internal sealed partial class PtovJson : JsonSerializerContext;

/// <summary>ptov: physical to virtual.</summary>
internal sealed class PtovCommand : Command<PtovResult>
{
    /// <inheritdoc/>
    public override CommandInfo Info { get; } = new("ptov", "physical to virtual addresses")
    {
        Operands = [Operand.Some("PHYSICAL | OFFSET:CPU | OFFSET:a")],
        Description = """
            Where the kernel's direct map has a physical address (hex). With :CPU the number is a per-CPU offset, such as
            the address of a per-CPU symbol, and the answer is where that CPU's copy lies; :a gives all CPUs'.
            """,
        Examples =
        [
            new("ptov 1000000", """
                VIRTUAL           PHYSICAL        
                ff2e6e8581000000  1000000         
                """),
        ],
    };

    /// <inheritdoc/>
    protected override JsonTypeInfo<PtovResult> JsonType => PtovJson.Default.PtovResult;

    /// <inheritdoc/>
    protected override PtovResult Execute(CommandContext context, ParsedArguments arguments) =>
        new([.. arguments.Operands.SelectMany(operand => Find(context, operand))]);

    /// <inheritdoc/>
    protected override void WriteText(PtovResult result, View view, TextOutput output)
    {
        PtovEntry? last = null;
        foreach (var entry in result.Addresses)
        {
            var isNew = last is null || last.PerCpuOffset != entry.PerCpuOffset || entry.Cpu is null;
            if (isNew && last is not null)
                output.Line();
            if (entry.Cpu is null)
            {
                var table = new TextTable(Column.Left("VIRTUAL", 16), Column.Left("PHYSICAL", 16)) { KeepsBlanks = true };
                table.Row(entry.Virtual.ToString(), $"{entry.Physical!.Value.Value:x}");
                table.WriteTo(output);
            }
            else if (isNew)
                output.Block($"PER-CPU OFFSET: {entry.PerCpuOffset!.Value.Value:x}\n  CPU    VIRTUAL");
            if (entry.Cpu is not null)
                output.Line($"  [{entry.Cpu}]  {entry.Virtual}");
            last = entry;
        }
    }

    private static IEnumerable<PtovEntry> Find(CommandContext context, string operand)
    {
        var kernel = context.Session.Kernel;
        var colon = operand.IndexOf(':', StringComparison.Ordinal);
        if (colon > 0)
            return PerCpu(context, operand[..colon], operand[(colon + 1)..]);
        if (!Numbers.TryParseHex(operand, out var physical))
            throw new CommandException($"'{operand}' is not a physical address in hex");
        if (physical >= kernel.Memory.Physical.Limit)
            throw new CommandException(
                $"physical address 0x{physical:x} lies past the end of memory (0x{kernel.Memory.Physical.Limit:x})");
        return [new PtovEntry(kernel.Mm.VirtualOf(physical), physical, null, null)];
    }

    private static IEnumerable<PtovEntry> PerCpu(CommandContext context, string place, string cpus)
    {
        var kernel = context.Session.Kernel;
        if (!Numbers.TryParseHex(place, out var offset))
            offset = Places.Parse(context, place);
        var numbers = cpus is "a" or "all" ? kernel.Cpus.Possible : [Numbers.Count(cpus, "CPU")];
        return numbers.Select(cpu => new PtovEntry(kernel.Cpus.AddressOf(offset, cpu), null, offset, cpu));
    }
}
