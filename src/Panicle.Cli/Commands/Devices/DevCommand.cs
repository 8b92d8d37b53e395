using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Panicle.Formats.Json;
using Panicle.Kernel;
using Panicle.Kernel.Block;
using Panicle.Kernel.Devices;

namespace Panicle.Cli.Commands.Devices;

/// <summary>
/// Device numbers; with -d the disks and their I/O, with -p the PCI devices. What wasn't asked for is left out.
/// </summary>
internal sealed record DevResult(
    IReadOnlyList<DevCharacter>? Character, IReadOnlyList<DevBlock>? Block, IReadOnlyList<DevDisk>? Disks,
    IReadOnlyList<DevPci>? Pci);

/// <summary>A range of character device numbers, and the cdev and operations behind the first of them.</summary>
internal sealed record DevCharacter(
    uint Major, uint FirstMinor, int Minors, string Name, Address? Cdev, Address? Operations, string? OperationsName)
{
    /// <summary>Why its cdev or operations can't be read; null if they were, or if it has none.</summary>
    public string? Problem { get; init; }
}

/// <summary>A block device major, and one of its disks.</summary>
internal sealed record DevBlock(uint Major, string Name, Address? Gendisk, Address? Operations, string? OperationsName)
{
    /// <summary>Why it isn't known whether it has a disk; null if that is known.</summary>
    public string? Problem { get; init; }
}

/// <summary>A disk. InFlight: requests handed to the driver and not done; Finished: since boot.</summary>
internal sealed record DevDisk(int Major, Address Gendisk, string Name, Address Queue, int? ReadsInFlight, int? WritesInFlight)
{
    public DevFinished? Read { get; init; }
    public DevFinished? Write { get; init; }
    public DevFinished? Discard { get; init; }
    public DevFinished? Flush { get; init; }

    /// <summary>Why its I/O can't be read.</summary>
    public string? Problem { get; init; }
}

/// <summary>Finished operations of one kind; sectors of 512 bytes, the time that they took together in milliseconds.</summary>
internal sealed record DevFinished(ulong Operations, ulong Merges, ulong Sectors, ulong Milliseconds);

/// <summary>A PCI device; class, vendor and device in hex.</summary>
internal sealed record DevPci(Address Device, Address Bus, string Name, string Class, string Id, string? Driver);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true,
    Converters = [typeof(WideUInt64Converter), typeof(WideInt64Converter)])]
[JsonSerializable(typeof(DevResult))]
internal sealed partial class DevJson : JsonSerializerContext;

internal sealed class DevCommand : Command<DevResult>
{
    /// <inheritdoc/>
    public override CommandInfo Info { get; } = new("dev", "character and block devices, disk I/O, PCI devices")
    {
        Options =
        [
            Option.Flag("-d", "disks and their I/O"),
            Option.Flag("-p", "PCI devices"),
        ],
        OneOf = [new("-d", "-p")],
        Description = """
            Who has which device numbers, as in /proc/devices, with the object that serves them and its operations: for a
            block major one of its disks.

            With -d: each disk with the requests that its driver had and had not finished: all, reads, and writes. Requests
            that still waited in the block layer are not among them. JSON also has the finished operations of
            /proc/diskstats.

            With -p: the PCI devices with class, IDs and driver.
            """,
        Examples =
        [
            new("dev -d", """
                MAJOR GENDISK            NAME       REQUEST_QUEUE      TOTAL  READ WRITE
                  254 ff2e6e85821cc800   vda        ff2e6e85bf29b128       0     0     0
                  254 ff2e6e85821cf800   vdb        ff2e6e85bf299e40       0     0     0
                  254 ff2e6e85bea4b800   vdc        ff2e6e85bf2996b0       0     0     0
                """),
        ],
    };

    /// <inheritdoc/>
    protected override JsonTypeInfo<DevResult> JsonType => DevJson.Default.DevResult;

    /// <inheritdoc/>
    protected override DevResult Execute(CommandContext context, ParsedArguments arguments) =>
        Read(context.Session.Kernel, arguments, context.Losses);

    /// <inheritdoc/>
    protected override void WriteText(DevResult result, View view, TextOutput output)
    {
        if (result.Character is { } character)
            WriteCharacter(character, output);
        if (result.Block is { } block)
        {
            output.Line();
            WriteBlock(block, output);
        }
        if (result.Disks is { } disks)
            WriteDisks(disks, output);
        if (result.Pci is { } pci)
            WritePci(pci, output);
    }

    private static DevResult Read(KernelDump kernel, ParsedArguments arguments, Losses losses)
    {
        if (arguments.Has("-d"))
        {
            var disks = kernel.Block.Disks;
            losses.Add(disks.Losses);
            return new DevResult(null, null, [.. disks.All.Select(disk => DiskOf(disks, disk))], null);
        }
        if (arguments.Has("-p"))
        {
            losses.Add(kernel.Devices.Pci.Losses);
            return new DevResult(null, null, null, [.. kernel.Devices.Pci.All.Select(PciOf)]);
        }
        return Numbers(kernel, losses);
    }

    private static DevResult Numbers(KernelDump kernel, Losses losses)
    {
        var numbers = kernel.Devices.Numbers;
        var character = numbers.Character.Select(range => new DevCharacter(
            range.Major, range.FirstMinor, range.MinorCount, range.Name, Some(range.Device), Some(range.Operations),
            NameOf(kernel, range.Operations))
        {
            Problem = range.WhyUnknown,
        });
        var disks = losses.Try("disks", () => kernel.Block.Disks);
        if (disks is not null)
            losses.Add(disks.Losses);
        var lost = disks is null || disks.Losses.Count > 0 ? "not every disk could be read" : null;
        var block = numbers.Block.Select(major =>
        {
            var disk = disks?.All.FirstOrDefault(disk => disk.Major == (int)major.Major);
            return new DevBlock(major.Major, major.Name, disk?.Address, disk?.Operations, NameOf(kernel, disk?.Operations))
            {
                Problem = disk is null ? lost : null,
            };
        });
        losses.Add(numbers.Losses);
        return new DevResult([.. character], [.. block], null, null);
    }

    private static DevDisk DiskOf(Disks disks, Disk disk)
    {
        var row = new DevDisk(disk.Major, disk.Address, disk.Name, disk.Queue, null, null);
        try
        {
            var io = disks.IoOf(disk);
            return row with
            {
                ReadsInFlight = io.ReadsInFlight,
                WritesInFlight = io.WritesInFlight,
                Read = Finished(io.Read),
                Write = Finished(io.Write),
                Discard = Finished(io.Discard),
                Flush = Finished(io.Flush),
            };
        }
        catch (KernelReadException failure)
        {
            return row with { Problem = failure.Message };
        }
    }

    private static DevFinished Finished(IoCount count) =>
        new(count.Operations, count.Merges, count.Sectors, count.Nanoseconds / 1_000_000);

    private static DevPci PciOf(PciDevice device) =>
        new(device.Address, device.Bus, device.Name, $"{device.Class:x4}", $"{device.Vendor:x4}:{device.Device:x4}",
            device.Driver);

    private static Address? Some(ulong? address) => address is not null and not 0 ? (Address)address.Value : null;

    private static string? NameOf(KernelDump kernel, ulong? operations) =>
        operations is not null and not 0 && kernel.Symbols.TryLookup(operations.Value, out var symbol) ? symbol.Name : null;

    private static void WriteCharacter(IReadOnlyList<DevCharacter> ranges, TextOutput output)
    {
        var table = NumbersTable("CHRDEV", "CDEV");
        foreach (var range in ranges)
            AddNumbers(table, range.Major, range.Name, range.Cdev, range.Operations, range.OperationsName, range.Problem);
        table.WriteTo(output);
    }

    private static void WriteBlock(IReadOnlyList<DevBlock> majors, TextOutput output)
    {
        var table = NumbersTable("BLKDEV", " GENDISK");
        foreach (var major in majors)
            AddNumbers(table, major.Major, major.Name, major.Gendisk, major.Operations, major.OperationsName, major.Problem);
        table.WriteTo(output);
    }

    private static TextTable NumbersTable(string kind, string device) =>
        new(Column.Left(kind), Column.Left("NAME", 13, gap: 4), Column.Centred(device), Column.Left("OPERATIONS"));

    private static void AddNumbers(
        TextTable table, uint major, string name, Address? device, Address? operations, string? operationsName, string? problem)
    {
        var none = problem is null ? "(none)     " : "(unknown)  ";
        table.Row($"{major,4}", name, device?.ToString() ?? none, operationsName ?? operations?.ToString() ?? "");
    }

    private static void WriteDisks(IReadOnlyList<DevDisk> disks, TextOutput output)
    {
        var table = new TextTable(
            Column.Right("MAJOR"), Column.Left("GENDISK", 16, gap: 1), Column.Left("NAME", 10, gap: 3),
            Column.Left("REQUEST_QUEUE", 16, gap: 1), Column.Right("TOTAL", 6), Column.Right("READ", 6, gap: 0),
            Column.Right("WRITE", 6, gap: 0));
        foreach (var disk in disks)
        {
            string[] place = [$"{disk.Major}", disk.Gendisk.ToString(), disk.Name, disk.Queue.ToString()];
            string[] counts = disk.Problem is { } problem
                ? [$"  (unknown: {problem})"]
                : [$"{disk.ReadsInFlight + disk.WritesInFlight}", $"{disk.ReadsInFlight}", $"{disk.WritesInFlight}"];
            table.Row([.. place, .. counts]);
        }
        table.WriteTo(output);
    }

    private static void WritePci(IReadOnlyList<DevPci> devices, TextOutput output)
    {
        var table = new TextTable(
            Column.Left("PCI DEV"), Column.Left("DO:BU:SL.FN"), Column.Left("CLASS"), Column.Left("PCI_ID"),
            Column.Left("DRIVER"));
        foreach (var device in devices)
            table.Row(device.Device.ToString(), device.Name, device.Class, device.Id, device.Driver ?? "(none)");
        table.WriteTo(output);
    }
}
