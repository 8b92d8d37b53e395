using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using System.Text.RegularExpressions;
using Panicle.Cli.Commands.Values;
using Panicle.Formats.Json;

namespace Panicle.Cli.Commands.Shell;

/// <summary>
/// A number in four bases. Octal and Binary are the digits; BitsSet the numbers of its set bits, highest first.
/// </summary>
internal sealed record EvalResult(
    Address Hexadecimal, ulong Unsigned, long Signed, string Octal, string Binary, IReadOnlyList<int> BitsSet);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true,
    Converters = [typeof(WideUInt64Converter), typeof(WideInt64Converter)])]
[JsonSerializable(typeof(EvalResult))]
internal sealed partial class EvalJson : JsonSerializerContext;

/// <summary>eval: a number in hexadecimal, decimal, octal and binary.</summary>
internal sealed partial class EvalCommand : Command<EvalResult>
{
    private static readonly (string Unit, ulong Bytes)[] Units = [("GB", 1UL << 30), ("MB", 1UL << 20), ("KB", 1UL << 10)];

    /// <inheritdoc/>
    public override CommandInfo Info { get; } = new("eval", "a number in every base")
    {
        OptionsFirst = true,
        Options = [Option.Flag("-b", "which bits are set")],
        Operands = [Operand.Some("EXPRESSION")],
        Description = """
            Computes a C expression, in 64 bits, and shows the result in hexadecimal, decimal, octal and binary. Numbers may
            end in k, m or g (1024, its square and its cube), and "<<", ">>", "|" and "&" need parentheses or quotes.
            """,
        Examples =
        [
            new("eval 128m", """
                hexadecimal: 8000000  (128MB)
                    decimal: 134217728
                      octal: 1000000000
                     binary: 0000000000000000000000000000000000001000000000000000000000000000
                """),
        ],
    };

    /// <inheritdoc/>
    protected override JsonTypeInfo<EvalResult> JsonType => EvalJson.Default.EvalResult;

    /// <inheritdoc/>
    protected override EvalResult Execute(CommandContext context, ParsedArguments arguments)
    {
        var text = NumberWithUnit().Replace(arguments.Text.Trim('"', '\''), InBytes);
        var value = CExpressions.AddressOf(CExpressions.Evaluate(context, text, isWide: true));
        var bits = Enumerable.Range(0, 64).Reverse().Where(bit => (value >> bit & 1) != 0);
        return new EvalResult(value, value, (long)value, Convert.ToString((long)value, 8),
            Convert.ToString((long)value, 2).PadLeft(64, '0'), [.. bits]);
    }

    /// <inheritdoc/>
    protected override void WriteText(EvalResult result, View view, TextOutput output)
    {
        var size = Units.FirstOrDefault(unit => result.Unsigned >= unit.Bytes && result.Unsigned % unit.Bytes == 0);
        var inUnits = size.Unit is null ? "" : $"  ({result.Unsigned / size.Bytes}{size.Unit})";
        output.Line($"hexadecimal: {result.Unsigned:x}{inUnits}");
        output.Line($"    decimal: {result.Unsigned}{(result.Signed < 0 ? $"  ({result.Signed})" : "")}");
        output.Line($"      octal: {result.Octal}");
        output.Line($"     binary: {result.Binary}");
        if (view.Has("-b"))
            output.Line($"   bits set: {string.Join(' ', result.BitsSet)}");
    }

    private static string InBytes(Match number)
    {
        var digits = number.Groups[1].Value;
        var bytes = Units.First(unit => unit.Unit[0] == char.ToUpperInvariant(number.Groups[2].ValueSpan[0])).Bytes;
        return ulong.TryParse(digits, out var count) && Math.BigMul(count, bytes, out _) != 0
            ? throw new CommandException($"{number.Value} doesn't fit in 64 bits")
            : $"({digits}ul*{bytes}ul)";
    }

    [GeneratedRegex(@"\b([0-9]+)([kKmMgG])\b")]
    private static partial Regex NumberWithUnit();
}
