using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Panicle.Formats.Json;
using Panicle.Kernel.Module;

namespace Panicle.Cli.Commands.Module;

/// <summary>Loaded modules, by address.</summary>
internal sealed record ModResult(IReadOnlyList<ModEntry> Modules);

/// <summary>
/// One module: its struct module, where its text starts, its size in bytes, its state, its taint letters as
/// <c>/proc/modules</c> has them, its parts, and whether the dump has its symbols.
/// </summary>
internal sealed record ModEntry(
    Address Module, string Name, Address Base, ulong Size, ModuleState State, string? Taints, IReadOnlyList<ModPart> Parts,
    bool HasSymbols);

/// <summary>A part of a module's memory; size in bytes.</summary>
internal sealed record ModPart(string Name, Address Start, ulong Size, bool IsInit);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true,
    Converters = [typeof(WideUInt64Converter), typeof(WideInt64Converter)])]
[JsonSerializable(typeof(ModResult))]
internal sealed partial class ModJson : JsonSerializerContext;

/// <summary>mod: the loaded modules.</summary>
internal sealed class ModCommand : Command<ModResult>
{
    // Taint bits that a module can have (kernel/panic.c, taint_flags; Documentation/admin-guide/tainted-kernels.rst).
    private static readonly (int Bit, char Letter)[] TaintLetters =
        [(0, 'P'), (1, 'F'), (3, 'R'), (10, 'C'), (12, 'O'), (13, 'E'), (15, 'K'), (16, 'X'), (18, 'N'), (19, 'J')];

    /// <inheritdoc/>
    public override CommandInfo Info { get; } = new("mod", "loaded modules")
    {
        Aliases = ["lsmod"],
        Options = [Option.Flag("-t", "only modules that taint the kernel, with their letters")],
        Operands = [Operand.Any("NAME", Completes.Modules)],
        Description = """
            The loaded modules by address: the address of the struct module, its name, where its text starts, and its
            size in bytes. The symbols of a module are in the dump where the last column says [CONFIG_KALLSYMS].

            With -t: P proprietary, F forced to load, R forced to unload, C staging, O out of tree, E unsigned, K live
            patch, X for the distribution's own use, N a test.
            """,
        Examples =
        [
            new("mod virtio_blk", """
                     MODULE       NAME                        BASE           SIZE  OBJECT FILE
                ffffffffc0414340  virtio_blk            ffffffffc040f000    28672  (not loaded)  [CONFIG_KALLSYMS]
                """),
        ],
    };

    /// <inheritdoc/>
    protected override JsonTypeInfo<ModResult> JsonType => ModJson.Default.ModResult;

    /// <inheritdoc/>
    protected override ModResult Execute(CommandContext context, ParsedArguments arguments)
    {
        var modules = context.Session.Kernel.Modules;
        var chosen = arguments.Operands.Count == 0
            ? modules.All
            : [.. arguments.Operands.Select(name => modules.Find(name)
                ?? throw new CommandException($"no module '{name}' was loaded"))];
        var entries = chosen.OrderBy(m => m.Base).Select(m => EntryOf(context, m));
        context.Losses.Add(modules.Losses);
        return arguments.Has("-t")
            ? new ModResult([.. entries.Where(e => e.Taints is { Length: > 0 })])
            : new ModResult([.. entries]);
    }

    /// <inheritdoc/>
    protected override void WriteText(ModResult result, View view, TextOutput output)
    {
        if (view.Has("-t"))
            WriteTaints(result, output);
        else
            WriteModules(result, output);
    }

    private static ModEntry EntryOf(CommandContext context, KernelModule module) => new(
        module.Address, module.Name, module.Base, module.Size, module.State,
        context.Losses.Try($"taints of {module.Name}", () => Letters(module.Taints)),
        [.. module.Regions.Select(r => new ModPart(r.Name, r.Range.Start, r.Range.Length, r.IsInit))],
        module.Symbols is not null);

    private static string Letters(ulong taints) =>
        string.Concat(TaintLetters.Where(t => (taints & (1UL << t.Bit)) != 0).Select(t => t.Letter));

    private static void WriteTaints(ModResult result, TextOutput output)
    {
        if (result.Modules.Count == 0)
        {
            output.Line("no module taints the kernel");
            return;
        }
        var table = new TextTable(Column.Left("NAME", 16), Column.Left("TAINTS"));
        foreach (var module in result.Modules)
            table.Row(module.Name, module.Taints);
        table.WriteTo(output);
    }

    private static void WriteModules(ModResult result, TextOutput output)
    {
        var table = new TextTable(
            Column.Centred("MODULE"), Column.Left("NAME", 20), Column.Centred("BASE"), Column.Right("SIZE", 7),
            Column.Left("OBJECT FILE"));
        foreach (var module in result.Modules)
        {
            var symbols = module.HasSymbols ? "  [CONFIG_KALLSYMS]" : "";
            table.Row(module.Module.ToString(), module.Name, module.Base.ToString(), $"{module.Size}", $"(not loaded){symbols}");
        }
        table.WriteTo(output);
    }
}
