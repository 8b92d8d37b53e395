using System.Text.Json;
using System.Text.Json.Serialization;

namespace Panicle.Symbols;

/// <summary>What a kernel stack is for.</summary>
public enum StackKind
{
    /// <summary>The task's own kernel stack (THREAD_SIZE).</summary>
    Task,
    /// <summary>A CPU's for interrupts.</summary>
    Interrupt,
    /// <summary>A CPU's for one kind of exception, NMIs among them, and for its entry code.</summary>
    Exception,
    /// <summary>None that is known.</summary>
    Unknown,
}

/// <summary>The stack that a frame lies on: text is its name, in JSON too.</summary>
/// <param name="Kind">What it is for.</param>
/// <param name="Name">"task", or as the kernel's traces name it: "IRQ", "SOFTIRQ", "NMI", "#DF", "ENTRY_TRAMPOLINE"…</param>
[JsonConverter(typeof(FrameStackConverter))]
public readonly record struct FrameStack(StackKind Kind, string Name)
{
    /// <summary>A task's own stack.</summary>
    public static FrameStack Task { get; } = new(StackKind.Task, "task");

    /// <summary>A CPU's interrupt stack.</summary>
    public static FrameStack Irq { get; } = new(StackKind.Interrupt, "IRQ");

    /// <summary>A stack that is none of those known.</summary>
    public static FrameStack Unknown { get; } = new(StackKind.Unknown, "unknown");

    /// <summary>Whether it is a task's own.</summary>
    public bool IsTask => Kind == StackKind.Task;

    /// <summary>The stack of a name in a trace that the kernel printed.</summary>
    public static FrameStack Of(string name) => name switch
    {
        "task" or "TASK" => Task,
        "IRQ" or "SOFTIRQ" => new(StackKind.Interrupt, name),
        "unknown" => Unknown,
        _ => new(StackKind.Exception, name),
    };

    /// <inheritdoc/>
    public override string ToString() => Name;
}

/// <summary>Writes a stack as its name.</summary>
public sealed class FrameStackConverter : JsonConverter<FrameStack>
{
    /// <inheritdoc/>
    public override FrameStack Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        FrameStack.Of(reader.GetString() ?? "");

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, FrameStack value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.Name);
}
