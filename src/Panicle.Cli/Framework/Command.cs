using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;

namespace Panicle.Cli;

/// <summary>
/// A command of the shell, or a verb of the program. Nearly all derive from <see cref="Command{TResult}"/>; this is the
/// part that doesn't depend on the result's type.
/// </summary>
internal abstract class Command
{
    public abstract CommandInfo Info { get; }

    /// <summary>Computes the result; prints nothing.</summary>
    public abstract CommandResult Compute(CommandContext context, ParsedArguments arguments);

    /// <summary>The JSON Schema of the result, for a command whose result has no type of its own; else null.</summary>
    public virtual JsonObject? Schema => null;

    /// <summary>
    /// For a line whose first word is no command's name: the line that this command makes of it, or null if it isn't
    /// its own. So <c>x/10xw 0x0</c> becomes <c>rd ...</c>, and <c>task_struct</c> becomes <c>struct task_struct</c>.
    /// Asked in the order of the commands' names; the first answer counts.
    /// </summary>
    public virtual string? Rewrite(CommandLine line, CommandContext context) => null;
}

/// <summary>
/// A command whose result is a <typeparamref name="TResult"/>: computed once, then rendered as text or as JSON. One
/// file in Commands holds all of it: the declaration, the result's records, the computing, the text and the JSON
/// context. docs/adding-a-command.md shows one.
/// </summary>
internal abstract class Command<TResult> : Command, ITypedCommand
{
    /// <inheritdoc/>
    public sealed override CommandResult Compute(CommandContext context, ParsedArguments arguments) =>
        new TypedResult(this, Execute(context, arguments), new View(arguments, context.Session));

    /// <summary>How the result is written as JSON: the source-generated <c>XJson.Default.XResult</c>.</summary>
    protected abstract JsonTypeInfo<TResult> JsonType { get; }

    /// <summary>
    /// Computes the result. What can't be read goes into the result or into <see cref="CommandContext.Note"/>; a
    /// <see cref="CommandException"/> ends the command when there is nothing to show.
    /// </summary>
    protected abstract TResult Execute(CommandContext context, ParsedArguments arguments);

    /// <summary>
    /// Writes the result as crash's users know it. What only steers the text is asked of the view and never put into the result.
    /// </summary>
    protected abstract void WriteText(TResult result, View view, TextOutput output);

    /// <summary>The process's exit code; override it together with <see cref="CommandInfo.Finding"/>.</summary>
    protected virtual int ExitCodeOf(TResult result, View view) => ExitCode.Done;

    JsonTypeInfo ITypedCommand.ResultType => JsonType;

    private sealed class TypedResult(Command<TResult> command, TResult result, View view) : CommandResult
    {
        public override int ExitCode => command.ExitCodeOf(result, view);

        public override void WriteText(TextOutput output) => command.WriteText(result, view, output);

        public override void WriteJson(Utf8JsonWriter writer) => JsonSerializer.Serialize(writer, result, command.JsonType);
    }
}

/// <summary>A computed result that can be rendered, whatever its type. <c>foreach</c> keeps a list of these.</summary>
internal abstract class CommandResult
{
    /// <summary>The exit code that the result stands for.</summary>
    public virtual int ExitCode => Cli.ExitCode.Done;

    /// <summary>Renders the result as text.</summary>
    public abstract void WriteText(TextOutput output);

    /// <summary>Renders the result as one JSON value.</summary>
    public abstract void WriteJson(Utf8JsonWriter writer);
}

/// <summary>A command whose result has a type: what checks over all commands ask.</summary>
internal interface ITypedCommand
{
    /// <summary>How the result is written as JSON.</summary>
    JsonTypeInfo ResultType { get; }
}
