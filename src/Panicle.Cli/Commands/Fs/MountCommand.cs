using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Panicle.Formats.Json;

namespace Panicle.Cli.Commands.Fs;

/// <summary>Mounted file systems, in the order in which they were mounted.</summary>
internal sealed record MountResult(IReadOnlyList<MountEntry> Mounts);

/// <summary>A mounted file system: its struct mount, super block, type, what is mounted, and where.</summary>
internal sealed record MountEntry(Address Mount, Address SuperBlock, string Type, string Device, string Directory, bool ReadOnly);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true,
    Converters = [typeof(WideUInt64Converter), typeof(WideInt64Converter)])]
[JsonSerializable(typeof(MountResult))]
internal sealed partial class MountJson : JsonSerializerContext;

/// <summary>mount: the mounted file systems.</summary>
internal sealed class MountCommand : Command<MountResult>
{
    /// <inheritdoc/>
    public override CommandInfo Info { get; } = new("mount", "mounted file systems")
    {
        Options = [Option.Value("-n", "PID | TASK", "those that this task sees", Completes.Tasks)],
        Operands = [Operand.Any("MOUNT | SUPERBLK | TYPE | DEVNAME | DIRNAME", Completes.Nothing)],
        Description = """
            The file systems that are mounted in the first task's mount namespace (or in that of the task given with -n): the
            addresses of the struct mount and the super_block, the type, what is mounted and where. With operands: those to
            which one of them belongs.
            """,
        Examples =
        [
            new("mount", """
                     MOUNT           SUPERBLK     TYPE      DEVNAME  DIRNAME
                ff2e6e85afea9c80 ff2e6e858104a800 rootfs    rootfs   /
                ff2e6e858135a640 ff2e6e8581828800 proc      proc     /proc
                """),
        ],
    };

    /// <inheritdoc/>
    protected override JsonTypeInfo<MountResult> JsonType => MountJson.Default.MountResult;

    /// <inheritdoc/>
    protected override MountResult Execute(CommandContext context, ParsedArguments arguments)
    {
        var kernel = context.Session.Kernel;
        var task = arguments.Value("-n") is { } name
            ? context.Session.FindTask(name)
            : kernel.Tasks.FindPid(1) ?? context.Session.CurrentTask;
        var mounts = kernel.Fs.Mounts.Of(task, context.Losses)
            .Select(mount =>
                new MountEntry(mount.Address, mount.SuperBlock, mount.Type, mount.Device, mount.Directory, mount.IsReadOnly))
            .Where(mount => arguments.Operands.Count == 0 || arguments.Operands.Any(operand => Belongs(mount, operand)))
            .ToList();
        return new MountResult(mounts);
    }

    /// <inheritdoc/>
    protected override void WriteText(MountResult result, View view, TextOutput output)
    {
        var table = new TextTable(
            Column.Centred("MOUNT"), Column.Centred("SUPERBLK", gap: 1), Column.Left("TYPE", gap: 1), Column.Left("DEVNAME"),
            Column.Left("DIRNAME"));
        foreach (var mount in result.Mounts)
            table.Row(mount.Mount.ToString(), mount.SuperBlock.ToString(), mount.Type, mount.Device, mount.Directory);
        table.WriteTo(output);
    }

    private static bool Belongs(MountEntry mount, string operand) =>
        operand == mount.Type || operand == mount.Device || operand == mount.Directory
        || (Numbers.TryParseAddress(operand, out var address) && (address == mount.Mount || address == mount.SuperBlock));
}
