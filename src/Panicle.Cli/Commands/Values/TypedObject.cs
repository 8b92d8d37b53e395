using System.Text;
using System.Text.Json.Serialization;
using Panicle.Kernel;
using Panicle.Kernel.Values;
using Panicle.Symbols;

namespace Panicle.Cli.Commands.Values;

/// <summary>What is shown of an object.</summary>
internal enum ObjectContents
{
    Values,
    ValuesAndTargets,
    Words,
}

/// <summary>
/// What lies at an address as a type, for every command that shows objects: the whole Value, or the Members asked for, or the Raw
/// bytes in hexadecimal. Cpu where it is a CPU's copy.
/// </summary>
internal sealed record TypedObject(
    Address Address, int? Cpu, [property: JsonConverter(typeof(ValueNodeJson))] ValueNode? Value,
    IReadOnlyList<TypedMember>? Members, string? Raw)
{
    private const ulong MostRawBytes = 1 << 20;
    private const int TargetIndent = 5;

    /// <summary>Reads an object. A member that can't be read says so in its place; that nothing of it can is an error.</summary>
    public static TypedObject Read(
        KernelDump kernel, KernelValue value, IReadOnlyList<string> paths, int? cpu = null,
        ObjectContents contents = ObjectContents.Values)
    {
        if (contents == ObjectContents.Words)
            return new TypedObject(value.Address, cpu, null, null, RawOf(value, paths));
        if (paths.Count > 0)
            return new TypedObject(
                value.Address, cpu, null, [.. paths.Select(path => TypedMember.Read(kernel, value, path, contents))], null);
        if (value.Type.Size > 0 && !value.Context.Memory.TryReadAny(value.Address, value.Type.Size, out var fault))
            throw new KernelReadException(value.Type.DisplayName(), fault);
        return new TypedObject(value.Address, cpu, new ValueReader(kernel).Read(value), null, null);
    }

    /// <summary>Writes it as crash does.</summary>
    public void WriteTo(TextOutput output, string type, View view)
    {
        var format = view.Numbers;
        if (Raw is { } raw)
            WriteWords(Convert.FromHexString(raw), view.Words, output);
        if (Value is { } value)
            output.Block($"{type} {ValueText.Of(value, format)}");
        foreach (var member in Members ?? [])
        {
            output.Block(member.Declaration is null
                ? $"  {member.Name} = {ValueText.Of(member.Value, format, 2)},"
                : $"  {member.Declaration} = {ValueText.Of(member.Value, format, 2)}");
            if (member.Target is { } target)
                output.Block($"  -> {ValueText.Of(target, format, TargetIndent)}");
        }
    }

    private static string RawOf(KernelValue value, IReadOnlyList<string> paths)
    {
        var place = paths.Count > 0 ? value[paths[0]] : value;
        if (place.Type.Size > MostRawBytes)
            throw new CommandException($"{place.Type.DisplayName()} is too large");
        return Convert.ToHexStringLower(place.ToBytes());
    }

    private void WriteWords(byte[] bytes, WordFormat words, TextOutput output)
    {
        for (var at = 0; at < bytes.Length; at += 16)
        {
            var line = new StringBuilder($"{(Address)(Address.Value + (ulong)at)}:  ");
            for (var word = at; word < at + 16; word += words.Size)
            {
                var value = word + words.Size <= bytes.Length
                    ? words.ReadWord(bytes.AsSpan(word)).ToString($"x{2 * words.Size}")
                    : "";
                line.Append(value.PadRight(2 * words.Size + 1));
            }
            line.Append("  ");
            foreach (var c in bytes.AsSpan(at, Math.Min(16, bytes.Length - at)))
                line.Append(c is >= 0x20 and < 0x7f ? (char)c : '.');
            output.Line(line.ToString());
        }
    }
}

/// <summary>A member's value; for a pointer that was to be followed also what it points to.</summary>
internal sealed record TypedMember(
    string Name, [property: JsonConverter(typeof(ValueNodeJson))] ValueNode Value,
    [property: JsonConverter(typeof(ValueNodeJson))] ValueNode? Target)
{
    /// <summary>The declaration, where the pointer was to be followed: it says as what.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Declaration { get; init; }

    /// <summary>Reads the member at a path.</summary>
    public static TypedMember Read(KernelDump kernel, KernelValue value, string path, ObjectContents contents)
    {
        var member = value[path];
        var node = new ValueReader(kernel).Read(member);
        if (contents != ObjectContents.ValuesAndTargets || node is not PointerNode pointer
            || member.Type.Strip().Kind != TypeKind.Pointer)
            return new TypedMember(path, node, null);
        var hasTarget = member.Type.Strip() is { Target.Size: > 0 } && pointer is { Address: not 0, Text: null };
        return new TypedMember(path, node, hasTarget ? new ValueReader(kernel).Read(member.Dereference()) : null)
        {
            Declaration = member.Type.Declare(path),
        };
    }
}
