using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Panicle.Formats.Json;
using Panicle.Kernel;
using Panicle.Kernel.Values;
using Panicle.Symbols;

namespace Panicle.Cli.Commands.Values;

/// <summary>
/// A type's layout, or objects of it. Layout has the lines of its declaration; Members where the members asked for lie; Objects
/// the contents at addresses.
/// </summary>
internal sealed record StructResult(
    string Type, ulong Size, IReadOnlyList<StructLine>? Layout, IReadOnlyList<StructMember>? Members,
    IReadOnlyList<TypedObject>? Objects);

/// <summary>
/// A line of a layout. Offset in bytes from the type's start; Address that of the member, where an object was given.
/// </summary>
internal sealed record StructLine(int Depth, string Text, ulong? Offset, Address? Address);

/// <summary>A member of the type: its declaration, offset in bytes, and width in bits if it is a bit-field.</summary>
internal sealed record StructMember(string Name, string Declaration, ulong Offset, uint? Bits, Address? Address);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true,
    Converters = [typeof(WideUInt64Converter), typeof(WideInt64Converter)])]
[JsonSerializable(typeof(StructResult))]
internal sealed partial class StructJson : JsonSerializerContext;

/// <summary>struct: a type's layout, or what lies at an address as that type.</summary>
internal sealed class StructCommand : Command<StructResult>
{
    private const int MostObjects = 100_000;
    private const int AddressWidth = 20;

    /// <inheritdoc/>
    public override CommandInfo Info { get; } = new("struct", "layout of a type, or an object of it")
    {
        SchemaVersion = 2,
        Aliases = ["union", "*"],
        Options =
        [
            Option.Flag("-o", "offsets of the members; their addresses if an address is given"),
            Option.Value("-l", "OFFSET", "the address is that of a member inside: struct.member, or its offset in bytes"),
            Option.Value("-c", "COUNT", "so many objects, as in an array; negative: those that lead up to the address"),
            Option.Flag("-r", "the raw words"),
            Option.Flag("-u", "the address is one of the current task's program"),
            Option.Flag("-p", "what pointers point to, after each member asked for"),
            Option.Flag("-x", "numbers in hexadecimal"),
            Option.Flag("-d", "numbers in decimal"),
        ],
        OneOf = [new("-x", "-d")],
        Operands =
        [
            Operand.Required("TYPE[.MEMBER[,MEMBER]]", Completes.Types),
            Operand.Optional("ADDRESS | SYMBOL | EXPRESSION[:CPUS]", Completes.Symbols),
            Operand.Optional("COUNT"),
        ],
        Description = """
            Without an address: the type's declaration with its size, or the offset of the members asked for. With one: what lies
            there. A member may be a path into it: "se.vruntime", "pid_links[1].next".

            The address may be hexadecimal, a symbol, or an expression ("current->mm"); for a task_struct also a PID. Behind a
            per-CPU variable or pointer, ":a" stands for every CPU's, ":0,2-3" for those of some, ":" for that of the current
            task's CPU.

            In the text zeros at the end of a character array are left out, and more than ten equal neighbours in an array are
            shown once. What can't be read says so in its place.

            "struct" may be left out where the type's name is no command: "task_struct.comm 1". So it may with a star:
            "*task_struct ADDRESS".
            """,
        Examples =
        [
            new("struct list_head -o", """
                struct list_head {
                   [0] struct list_head *next;
                   [8] struct list_head *prev;
                }
                SIZE: 16
                """, "A layout."),
            new("task_struct.pid,comm,se.vruntime 1", """
                  pid = 1,
                  comm = "init",
                  se.vruntime = 6770696722,
                """, "Members of the task with PID 1."),
            new("struct rq.nr_running,cpu runqueues:a", """
                [0]: ff2e6e85be231980
                  nr_running = 1,
                  cpu = 0,
                [1]: ff2e6e85be331980
                  nr_running = 0,
                  cpu = 1,
                """, "Each CPU's run queue."),
        ],
    };

    /// <inheritdoc/>
    protected override JsonTypeInfo<StructResult> JsonType => StructJson.Default.StructResult;

    /// <summary>A type's name as a command, and a star before one.</summary>
    public override string? Rewrite(CommandLine line, CommandContext context)
    {
        var name = line.Name;
        if (name.Length > 1 && name[0] == '*')
            return Joined(name[1..], line);
        var dot = name.IndexOfAny(['.', ',']);
        var type = dot < 0 ? name : name[..dot];
        if (type.Length == 0 || !(char.IsAsciiLetter(type[0]) || type[0] == '_'))
            return null;
        try
        {
            return TypeSelection.Find(context.Session.Kernel, type) is null ? null : Joined(name, line);
        }
        catch (Exception failure) when (failure is CommandException or KernelReadException)
        {
            return null; // Without a dump or types nothing is a type's name.
        }
    }

    /// <inheritdoc/>
    protected override StructResult Execute(CommandContext context, ParsedArguments arguments)
    {
        var kernel = context.Session.Kernel;
        var operands = arguments.Operands;
        // "struct struct list_head" and "union union x" come from "*struct x".
        if (operands is ["struct" or "union", _, ..])
            operands = [.. operands.Skip(1)];
        var (type, paths) = TypeSelection.Parse(kernel, operands[0]);
        var result = new StructResult(type.DisplayName(), type.Size, null, null, null);
        if (operands.Count < 2)
            return WithLayout(result, type, paths, null);
        var places = PlacesOf(context, type, arguments, operands);
        if (arguments.Has("-o"))
            return WithLayout(result, type, paths, places[0].Address);
        var memory = arguments.Has("-u") ? kernel.Context with { Memory = context.Session.CurrentTaskMemory() } : kernel.Context;
        var contents = arguments.Has("-r")
            ? ObjectContents.Words
            : arguments.Has("-p") ? ObjectContents.ValuesAndTargets : ObjectContents.Values;
        var objects = new List<TypedObject>();
        foreach (var (address, cpu) in places)
        {
            context.Cancellation.ThrowIfCancellationRequested();
            objects.Add(TypedObject.Read(kernel, KernelValue.At(memory, type, address), paths, cpu, contents));
        }
        return result with { Objects = objects };
    }

    /// <inheritdoc/>
    protected override void WriteText(StructResult result, View view, TextOutput output)
    {
        if (result.Layout is { } lines)
            WriteLayout(result, lines, view, output);
        if (result.Members is { } members)
            WriteMembers(result, members, view.IsHex, output);
        for (var i = 0; i < result.Objects?.Count; i++)
        {
            if (i > 0 && result.Objects[i].Cpu is null)
                output.Line();
            WriteObject(result.Objects[i], result.Type, view, output);
        }
    }

    private static string Joined(string name, CommandLine line) =>
        string.Join(' ', ["struct", name, .. line.Arguments.Select(word => word.Raw)]);

    private static StructResult WithLayout(StructResult result, KernelType type, IReadOnlyList<string> paths, ulong? address)
    {
        if (paths.Count == 0)
        {
            var lines = TypePrinter.Layout(type).Lines;
            return result with
            {
                Layout = [.. lines.Select(line =>
                    new StructLine(line.Depth, line.Text, line.BitOffset / 8, address + line.BitOffset / 8))],
            };
        }
        return result with { Members = [.. paths.Select(path => MemberOf(type, path, address))] };
    }

    private static StructMember MemberOf(KernelType type, string path, ulong? address)
    {
        type.TryFindMember(path, out var member);
        var bits = member.BitSize > 0 ? $" : {member.BitSize}" : "";
        return new StructMember(
            path, $"{member.Type.Declare(path)}{bits};", member.Offset, member.BitSize > 0 ? member.BitSize : null,
            address + member.Offset);
    }

    private static List<(ulong Address, int? Cpu)> PlacesOf(
        CommandContext context, KernelType type, ParsedArguments arguments, IReadOnlyList<string> operands)
    {
        var (text, cpus) = CpuSpecification.Split(context, operands[1]);
        var offset = arguments.Value("-l") is { } inside ? TypeSelection.OffsetOf(context.Session.Kernel, inside) : 0;
        var count = CountOf(arguments, operands);
        var places = new List<(ulong Address, int? Cpu)>();
        foreach (var cpu in cpus?.Select(cpu => (int?)cpu) ?? [CpuOf(context, text)])
        {
            var first = PlaceOf(context, type, text, cpu) - offset;
            if (count < 0)
                first -= (ulong)(-count - 1) * type.Size;
            for (var i = 0; i < Math.Abs(count); i++)
                places.Add((first + (ulong)i * type.Size, cpu));
        }
        return places;
    }

    // A per-CPU variable lies nowhere by itself.
    private static int? CpuOf(CommandContext context, string text)
    {
        var kernel = context.Session.Kernel;
        if (!kernel.Symbols.TryFind(text, out var symbol) || !kernel.Cpus.IsPerCpu(symbol.Address))
            return null;
        var cpu = context.Session.CurrentTask.Cpu;
        context.Note($"{text} is a per-CPU variable; this is CPU {cpu}'s. '{text}:a' shows all");
        return cpu;
    }

    private static ulong PlaceOf(CommandContext context, KernelType type, string text, int? cpu)
    {
        var kernel = context.Session.Kernel;
        if (type.Name == "task_struct" && cpu is null && text.Length < 8 && int.TryParse(text, out _))
            return context.Session.FindTask(text).Address;
        if (cpu is not { } number)
            return Places.Parse(context, text);
        // A per-CPU variable, or the value of a per-CPU pointer, which was allocated at run time.
        if (kernel.Symbols.TryFind(text, out var symbol))
            return kernel.Cpus.AddressOf(symbol.Address, number);
        return Numbers.TryParseHex(text, out var pointer)
            ? kernel.Cpus.AddressOf(pointer, number)
            : Places.Parse(context, text, number);
    }

    private static int CountOf(ParsedArguments arguments, IReadOnlyList<string> operands)
    {
        var text = arguments.Value("-c") ?? (operands.Count > 2 ? operands[2] : "1");
        var isNegative = text.StartsWith('-');
        var count = Math.Min(Numbers.Count(isNegative ? text[1..] : text, "COUNT"), MostObjects);
        return isNegative ? -count : count;
    }

    private static void WriteLayout(StructResult result, IReadOnlyList<StructLine> lines, View view, TextOutput output)
    {
        var offsets = view.Has("-o");
        foreach (var line in lines)
        {
            var isInside = line.Depth > 0;
            var offset = !isInside || !offsets ? "" : Where(result, line.Offset, line.Address, view.IsHex) + " ";
            var depth = isInside && offsets ? line.Depth - 1 : line.Depth;
            output.Line($"{offset}{new string(' ', depth * 4)}{line.Text}");
        }
        output.Line($"SIZE: {Number(result.Size, view.IsHex)}");
    }

    private static void WriteMembers(StructResult result, IReadOnlyList<StructMember> members, bool hex, TextOutput output)
    {
        output.Line($"{result.Type} {{");
        foreach (var member in members)
            output.Line($"{Where(result, member.Offset, member.Address, hex)} {member.Declaration}");
        output.Line("}");
        if (members.Count == 0)
            output.Line($"SIZE: {Number(result.Size, hex)}");
    }

    // Two blanks and room for the largest offset, which is less than the size; an address fills its room.
    private static string Where(StructResult result, ulong? offset, Address? address, bool hex)
    {
        var text = address is { } place ? $"  [{place}]" : offset is { } bytes ? $"[{Number(bytes, hex)}]" : "";
        var isObject = result.Layout?.Any(line => line.Address is not null) == true;
        return text.PadLeft(address is null && isObject ? AddressWidth : Math.Max(6, Number(result.Size, hex).Length + 4));
    }

    private static string Number(ulong value, bool hex) => hex ? $"0x{value:x}" : $"{value}";

    private static void WriteObject(TypedObject item, string type, View view, TextOutput output)
    {
        if (item.Cpu is { } cpu)
            output.Line($"[{cpu}]: {item.Address}");
        item.WriteTo(output, type, view);
    }
}
