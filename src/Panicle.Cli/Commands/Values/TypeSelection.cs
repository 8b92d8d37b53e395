using Panicle.Kernel;
using Panicle.Symbols;

namespace Panicle.Cli.Commands.Values;

/// <summary>A type and the members of it that are wanted, as people type them: <c>task_struct.pid,comm,se.vruntime</c>.</summary>
/// <param name="Type">The type.</param>
/// <param name="Paths">The members' paths; none for the whole.</param>
internal sealed record TypeSelection(KernelType Type, IReadOnlyList<string> Paths)
{
    /// <summary>Reads what was typed.</summary>
    /// <exception cref="CommandException">This kernel has no such type or member.</exception>
    public static TypeSelection Parse(KernelDump kernel, string text)
    {
        var (name, paths) = Split(text);
        var type = Find(kernel, name) ?? throw new CommandException($"this kernel has no type '{name}'");
        foreach (var path in paths)
        {
            if (!type.HasMember(path))
                throw new CommandException($"{type.DisplayName()} has no member {path} in this kernel");
        }
        return new TypeSelection(type, paths);
    }

    /// <summary>The structure, union, typedef or enum of a name, or null.</summary>
    public static KernelType? Find(KernelDump kernel, string name)
    {
        foreach (var kind in (ReadOnlySpan<TypeKind>)[TypeKind.Struct, TypeKind.Union, TypeKind.Typedef, TypeKind.Enum])
        {
            if (kernel.NamedTypes.Find(kind, name) is { } found
                && kernel.NamedTypes.Complete(found) is { Kind: not TypeKind.Forward } complete)
                return complete;
        }
        return null;
    }

    /// <summary>An offset in bytes: a number, or a member, <c>task_struct.tasks</c>.</summary>
    public static ulong OffsetOf(KernelDump kernel, string text)
    {
        if (Numbers.TryParse(text, out var bytes))
            return bytes;
        var (type, paths) = Parse(kernel, text);
        return paths is [var path] && type.OffsetOf(path) is { } offset
            ? offset
            : throw new CommandException($"'{text}' is no offset: give a number of bytes, or one member: struct.member");
    }

    private static (string Name, IReadOnlyList<string> Paths) Split(string text)
    {
        var dot = text.IndexOf('.', StringComparison.Ordinal);
        return dot < 0
            ? (text, [])
            : (text[..dot], text[(dot + 1)..].Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
    }
}
