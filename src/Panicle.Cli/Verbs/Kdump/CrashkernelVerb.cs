using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Panicle.Formats.Json;
using Panicle.Kdump;
using Panicle.Kdump.Crashkernel;

namespace Panicle.Cli.Verbs.Kdump;

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true,
    Converters = [typeof(WideUInt64Converter), typeof(WideInt64Converter)])]
[JsonSerializable(typeof(CrashkernelReservation))]
internal sealed partial class CrashkernelJson : JsonSerializerContext;

/// <summary>kdump crashkernel: what a crashkernel= means.</summary>
internal sealed class CrashkernelVerb : Command<CrashkernelReservation>
{
    /// <inheritdoc/>
    public override CommandInfo Info { get; } = new(
        "kdump crashkernel", "what a crashkernel= reserves, and what is wrong with it")
    {
        Operands = [Operand.Any("STRING")],
        Options =
        [
            Option.Size("--ram", "for a machine with this much memory (64G)"),
            Option.Value("--machine", "ARCH", "its architecture, as uname -m says it"),
            Roots.Option,
        ],
        Finding = "nothing would be reserved, or something is wrong with the string",
        Description = """
            Reads every form of crashkernel= as the kernel reads it: SIZE[@ADDRESS], START-[END]:SIZE,… for ranges of
            memory sizes, and SIZE,high with SIZE,low and SIZE,cma. Says which of several counts, what this machine (or
            one with the memory of --ram) would reserve, and why. Without an operand: the running kernel's command line.
            """,
        Examples =
        [
            new("panicle kdump crashkernel 1G-4G:192M,4G-64G:256M,64G-:512M --ram 6G",
                """
                With 6 GB of memory 256 MB is reserved.
                  6G falls into the range 4G-64G:256M.
                """),
            new("panicle kdump crashkernel 1G-4G:192M,2G-64G:256M,64G-256G:512M,256G-1024:1G --ram 512G",
                """
                With 512 GB of memory nothing is reserved.
                  No range fits before the one that the kernel can't read; it stops there.
                ! crashkernel=1G-4G:192M,2G-64G:256M,64G-256G:512M,256G-1024:1G: the range 256G-1024 ends before it starts; 1024G is meant?
                ! 2G-64G:256M overlaps 1G-4G:192M; the first range that fits counts
                ! machines with 256G or more reserve nothing: leave out the last end
                ! crashkernel=1G-4G:192M,2G-64G:256M,64G-256G:512M,256G-1024:1G reserves nothing on a machine with 512G
                """, "A string from a blog, with an error in its last range:"),
        ],
    };

    /// <inheritdoc/>
    protected override JsonTypeInfo<CrashkernelReservation> JsonType => CrashkernelJson.Default.CrashkernelReservation;

    /// <inheritdoc/>
    protected override CrashkernelReservation Execute(CommandContext context, ParsedArguments arguments)
    {
        var root = Roots.From(arguments);
        var machine = Machine.Read(root);
        var words = arguments.Operands.Count > 0
            ? CrashkernelArgument.ParseGiven(string.Join(' ', arguments.Operands))
            : CrashkernelArgument.ParseAll(root.ReadLine("/proc/cmdline"));
        var memory = arguments.Size("--ram") ?? machine.Memory;
        if (memory == 0)
            throw new CommandException("nothing tells how much memory that machine has: give --ram");
        // Another architecture is another machine, and nothing is known of its kernel.
        return CrashkernelEvaluation.Of(
            words, memory, arguments.Value("--machine") ?? machine.Architecture,
            arguments.Value("--machine") is null ? machine.Release : "");
    }

    /// <inheritdoc/>
    protected override void WriteText(CrashkernelReservation result, View view, TextOutput output)
    {
        output.Line(result.Total == 0
            ? $"With {Sizes.Rounded(result.Memory)} of memory nothing is reserved."
            : $"With {Sizes.Rounded(result.Memory)} of memory {Sizes.Rounded(result.Total)} is reserved.");
        foreach (var step in result.Steps)
            output.Line($"  {step}");
        foreach (var problem in result.Problems)
            output.Line($"! {problem}");
    }

    /// <inheritdoc/>
    protected override int ExitCodeOf(CrashkernelReservation result, View view) =>
        result.Total == 0 || result.Problems.Count > 0 ? ExitCode.Finding : ExitCode.Done;
}
