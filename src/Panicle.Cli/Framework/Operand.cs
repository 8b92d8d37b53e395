namespace Panicle.Cli;

/// <summary>An operand of a command.</summary>
/// <param name="Name">What help calls it: "PID | TASK".</param>
/// <param name="IsRequired">Whether at least one must be there.</param>
/// <param name="IsRepeated">Whether any number may follow.</param>
/// <param name="Completes">What completes it.</param>
internal sealed record Operand(string Name, bool IsRequired, bool IsRepeated, Completes Completes)
{
    /// <summary>The words that it may be; empty where it may be any.</summary>
    public IReadOnlyList<string> Choices { get; init; } = [];

    /// <summary>How it stands in a usage line.</summary>
    public string Usage => (IsRequired ? Name : $"[{Name}]") + (IsRepeated ? "..." : "");

    public static Operand Required(string name, Completes completes = Completes.Nothing) => new(name, true, false, completes);

    public static Operand Optional(string name, Completes completes = Completes.Nothing) => new(name, false, false, completes);

    /// <summary>Any number, none included.</summary>
    public static Operand Any(string name, Completes completes = Completes.Nothing) => new(name, false, true, completes);

    public static Operand Some(string name, Completes completes = Completes.Nothing) => new(name, true, true, completes);

    /// <summary>Exactly one of these words.</summary>
    public static Operand Choice(params IReadOnlyList<string> choices) =>
        new(string.Join(" | ", choices), true, false, Completes.Nothing) { Choices = choices };
}
