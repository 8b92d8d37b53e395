using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Panicle.Cli.Commands.Sched;
using Panicle.Formats.Json;

namespace Panicle.Cli.Commands.Shell;

/// <summary>The current task, and the settings: radix 10 or 16, whether long output is paged, whether results are JSON.</summary>
internal sealed record SetResult(TaskSummary? Task, int Radix, bool Scroll, bool Json);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true,
    Converters = [typeof(WideUInt64Converter), typeof(WideInt64Converter)])]
[JsonSerializable(typeof(SetResult))]
internal sealed partial class SetJson : JsonSerializerContext;

/// <summary>set: the task that commands are about, and the shell's settings.</summary>
internal sealed class SetCommand : Command<SetResult>
{
    /// <inheritdoc/>
    public override CommandInfo Info { get; } = new("set", "the current task, and settings")
    {
        Options =
        [
            Option.Flag("-p", "back to the task that panicked"),
            Option.Number("-c", "CPU", "the task that this CPU was running"),
            Option.Flag("-v", "show the settings"),
        ],
        OneOf = [new("-p", "-c")],
        Operands = [Operand.Optional("PID | TASK | SETTING", Completes.Tasks | Completes.Settings), Operand.Optional("VALUE")],
        Description = """
            Without an operand: the current task, which commands are about where none is named. At the start it is the
            one that panicked. With a PID or the address of a task_struct, another one becomes it.

            Settings: radix 10|16 (how numbers without a base of their own are shown), also "hex" and "dec"; scroll on|off
            (whether long output on a terminal is paged); json on|off (whether results are JSON).
            """,
        Examples =
        [
            new("set 1", """
                    PID: 1
                COMMAND: "init"
                   TASK: ff2e6e85811f4180  [THREAD_INFO: ff2e6e85811f4180]
                    CPU: 0
                  STATE: TASK_RUNNING (PANIC)
                """),
            new("set -v", """
                radix: 10
                scroll: on
                json: off
                """),
        ],
    };

    /// <inheritdoc/>
    protected override JsonTypeInfo<SetResult> JsonType => SetJson.Default.SetResult;

    /// <inheritdoc/>
    protected override SetResult Execute(CommandContext context, ParsedArguments arguments)
    {
        var settings = context.Settings;
        if (NamesSetting(arguments))
            ChangeSetting(settings, arguments.Operands[0], arguments.Operand(1));
        else
            ChangeTask(context.Session, arguments);
        var task = IsAboutSettings(arguments) ? null : TaskSummary.OfCurrent(context);
        return new SetResult(task, settings.Radix, settings.Scroll, settings.Json);
    }

    /// <inheritdoc/>
    protected override void WriteText(SetResult result, View view, TextOutput output)
    {
        if (!IsAboutSettings(view.Arguments))
        {
            result.Task?.WriteTo(output, 7);
            return;
        }
        output.Line($"radix: {result.Radix}");
        output.Line($"scroll: {OnOff(result.Scroll)}");
        output.Line($"json: {OnOff(result.Json)}");
    }

    private static bool IsAboutSettings(ParsedArguments arguments) => arguments.Has("-v") || NamesSetting(arguments);

    private static bool NamesSetting(ParsedArguments arguments) => (arguments.Operand(0), arguments.Operand(1)) switch
    {
        ("hex" or "dec", null) or ("radix" or "scroll" or "json", _) => true,
        _ => false,
    };

    private static void ChangeSetting(Settings settings, string name, string? value)
    {
        switch (name, value)
        {
            case ("hex", _) or ("radix", "16" or "hex"): settings.Radix = 16; break;
            case ("dec", _) or ("radix", "10" or "dec"): settings.Radix = 10; break;
            case ("scroll", "on" or "off"): settings.Scroll = value == "on"; break;
            case ("json", "on" or "off"): settings.Json = value == "on"; break;
            case ("radix", _): throw new UsageException("radix is 10 or 16");
            default: throw new UsageException($"{name} is on or off");
        }
    }

    private static void ChangeTask(Session session, ParsedArguments arguments)
    {
        var kernel = session.Kernel;
        if (arguments.Operand(1) is not null)
            throw new UsageException($"there is no setting '{arguments.Operand(0)}'");
        if (arguments.Has("-p"))
            session.CurrentTask = kernel.Crash.Task ?? throw new CommandException(kernel.Crash.WhyNoTask!);
        if (arguments.Number("-c") is { } cpu)
            session.CurrentTask = kernel.Tasks.CurrentOf(cpu) ?? throw new CommandException($"there is no CPU {cpu}");
        if (arguments.Operand(0) is { } task)
            session.CurrentTask = session.FindTask(task);
    }

    private static string OnOff(bool value) => value ? "on" : "off";
}
