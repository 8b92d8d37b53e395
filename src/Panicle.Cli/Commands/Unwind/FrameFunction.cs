using System.Text.Json.Serialization;
using Panicle.Kernel;
using Panicle.Kernel.DebugInfo;
using Panicle.Kernel.Values;
using Panicle.Symbols;
using Panicle.Symbols.Dwarf;

namespace Panicle.Cli.Commands.Unwind;

/// <summary>
/// A function in a frame, or one inlined into it, with its variables. Problem: what is damaged, so that some may be missing.
/// </summary>
internal sealed record FrameFunction(string Function, bool Inlined, IReadOnlyList<FrameVariable> Variables, string? Problem)
{
    /// <summary>The functions of a frame, the innermost first.</summary>
    public static IReadOnlyList<FrameFunction> Of(KernelDump kernel, DebugFrame frame) =>
        [.. frame.Functions.Select(function => new FrameFunction(
            function.Function, function.IsInlined,
            [.. function.Variables.Select(variable => FrameVariable.Read(kernel, variable))], function.Problem))];

    /// <summary>Writes the variables as gdb does.</summary>
    public void WriteTo(TextOutput output, string indent, bool withName, NumberFormat format)
    {
        if (withName)
            output.Line($"{indent}{Function}{(Inlined ? " (inlined)" : "")}:");
        foreach (var variable in Variables)
            output.Block($"{indent}  {variable.Name} = {variable.Text(format, indent.Length + 2)}");
        if (Variables.Count == 0 && Problem is null)
            output.Line($"{indent}  (no variables)");
        if (Problem is not null)
            output.Line($"{indent}  (damaged: {Problem})");
    }
}

/// <summary>
/// A variable of a function. Address where it lies in memory; a value that can't be had is an error with its reason.
/// </summary>
internal sealed record FrameVariable(
    string Name, string Type, bool Parameter, Address? Address, [property: JsonConverter(typeof(ValueNodeJson))] ValueNode Value)
{
    public static FrameVariable Read(KernelDump kernel, LocalVariable variable)
    {
        var type = variable.Type.DisplayName();
        if (variable.Value is not { } place)
            return new FrameVariable(
                variable.Name, type, variable.IsParameter, null, new ErrorNode(variable.Reason ?? "unknown"));
        try
        {
            var value = new ValueReader(kernel).Read(FrameVariables.ValueOf(kernel, variable));
            return new FrameVariable(variable.Name, type, variable.IsParameter, place.Address, value);
        }
        catch (KernelReadException failure)
        {
            return new FrameVariable(variable.Name, type, variable.IsParameter, place.Address, new ErrorNode(failure.Message));
        }
    }

    /// <summary>The value as gdb shows it: a pointer, unless it is one to text, after its type.</summary>
    public string Text(NumberFormat format, int indent) => Value switch
    {
        ErrorNode lost => $"<{lost.Reason}>",
        PointerNode { Text: null } => $"({Type}) {ValueText.Of(Value, format, indent)}",
        _ => ValueText.Of(Value, format, indent),
    };
}
