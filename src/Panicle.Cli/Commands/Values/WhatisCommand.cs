using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Panicle.Formats.Json;
using Panicle.Kernel;
using Panicle.Kernel.Values;
using Panicle.Symbols;

namespace Panicle.Cli.Commands.Values;

/// <summary>
/// What a name or expression is: its type, and the lines of its declaration. Size in bytes, null where it has none.
/// </summary>
internal sealed record WhatisResult(string Name, string Type, IReadOnlyList<string> Declaration, ulong? Size)
{
    /// <summary>Where the type comes from, in words: "BTF", "DWARF of vmlinux"; null where it has been computed.</summary>
    public string? Source { get; init; }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true,
    Converters = [typeof(WideUInt64Converter), typeof(WideInt64Converter)])]
[JsonSerializable(typeof(WhatisResult))]
internal sealed partial class WhatisJson : JsonSerializerContext;

/// <summary>whatis: the type of a symbol, a name or an expression.</summary>
internal sealed class WhatisCommand : Command<WhatisResult>
{
    /// <inheritdoc/>
    public override CommandInfo Info { get; } = new("whatis", "type of a symbol, type name or expression")
    {
        OptionsFirst = true,
        Options = [Option.Flag("-v", "where the type comes from: the dump's own BTF, or DWARF of a file")],
        Operands = [Operand.Some("TYPE | SYMBOL | EXPRESSION", Completes.Symbols | Completes.Types)],
        Description = """
            The definition of a type, the declaration of a function or variable, the enum of an enumerator, or the type of a C
            expression. Where a name is both a type's and a symbol's, "struct name" asks for the type.

            The kernel keeps types of functions and of per-CPU variables only; those of all others come from debug information, where
            that can be found, and without it Panicle knows those of the well-known globals. -v says where the answer is from.
            """,
        Examples =
        [
            new("whatis schedule", "void schedule(void);"),
            new("whatis pid_t", """
                typedef int pid_t;
                SIZE: 4
                """),
            new("whatis PIDTYPE_PGID", "enum pid_type = 2"),
            new("whatis current->mm", "struct mm_struct *"),
        ],
    };

    /// <inheritdoc/>
    protected override JsonTypeInfo<WhatisResult> JsonType => WhatisJson.Default.WhatisResult;

    /// <inheritdoc/>
    protected override WhatisResult Execute(CommandContext context, ParsedArguments arguments)
    {
        var kernel = context.Session.Kernel;
        var text = arguments.Text.Trim();
        if (kernel.Symbols.TryFind(text, out var symbol))
            return OfSymbol(kernel, symbol);
        if (kernel.NamedTypes.Parse(text) is { } type)
            return OfType(text, kernel.NamedTypes.Complete(type));
        if (OfMember(kernel, text) is { } member)
            return member;
        if (OfEnumerator(kernel, text) is { } constant)
            return constant;
        var value = CExpressions.Evaluate(context, text);
        return new WhatisResult(
            text, value.Type.DisplayName(), [value.Type.DisplayName()], value.Type.Size)
        { Source = value.Type.Origin.ToString() };
    }

    /// <inheritdoc/>
    protected override void WriteText(WhatisResult result, View view, TextOutput output)
    {
        foreach (var line in result.Declaration)
            output.Line(line);
        if (view.Has("-v"))
            output.Line($"({result.Source ?? "computed"})");
    }

    private static WhatisResult OfSymbol(KernelDump kernel, Symbol symbol)
    {
        var type = GlobalTypes.Of(kernel, symbol) ?? throw new CommandException(
            $"the kernel keeps no type for {symbol.Name}: it has them for functions and per-CPU variables only");
        return new WhatisResult(
            symbol.Name, type.DisplayName(), [$"{type.Declare(symbol.Name)};"], type.Size)
        { Source = type.Origin.ToString() };
    }

    private static WhatisResult OfType(string name, KernelType type) =>
        new(name, type.DisplayName(), [.. TypePrinter.Lines(type)], type.Size) { Source = type.Origin.ToString() };

    // "task_struct.pid": a member of a type, not of a variable.
    private static WhatisResult? OfMember(KernelDump kernel, string text)
    {
        var dot = text.IndexOf('.', StringComparison.Ordinal);
        if (dot <= 0 || TypeSelection.Find(kernel, text[..dot]) is not { } type
            || !type.TryFindMember(text[(dot + 1)..], out var member))
            return null;
        return new WhatisResult(
            text, member.Type.DisplayName(), [$"{member.Type.Declare(text[(dot + 1)..])};"], member.Type.Size);
    }

    private static WhatisResult? OfEnumerator(KernelDump kernel, string name)
    {
        if (kernel.NamedTypes.FindEnumerator(name) is not { } value)
            return null;
        // Of named enums; the constants of the others belong to no type that has a name.
        var owner = kernel.NamedTypes.All(TypeKind.Enum)
            .FirstOrDefault(type => type.Enumerators.Any(constant => constant.Name == name));
        var type = owner?.DisplayName() ?? "enum {...}";
        return new WhatisResult(name, type, [$"{type} = {value}"], owner?.Size);
    }
}
