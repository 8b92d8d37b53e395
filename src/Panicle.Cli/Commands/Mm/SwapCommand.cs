using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Panicle.Formats.Json;

namespace Panicle.Cli.Commands.Mm;

/// <summary>The devices and files that pages are swapped out to.</summary>
internal sealed record SwapResult(IReadOnlyList<SwapEntry> Areas);

/// <summary>
/// One of them. Number is that in page tables, Type "PARTITION" for any device or "FILE"; Size and Used are in bytes.
/// </summary>
internal sealed record SwapEntry(
    int Number, Address SwapInfoStruct, string Type, ulong Size, ulong Used, int Priority, string FileName);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true,
    Converters = [typeof(WideUInt64Converter), typeof(WideInt64Converter)])]
[JsonSerializable(typeof(SwapResult))]
internal sealed partial class SwapJson : JsonSerializerContext;

/// <summary>swap: what there is to swap to.</summary>
internal sealed class SwapCommand : Command<SwapResult>
{
    /// <inheritdoc/>
    public override CommandInfo Info { get; } = new("swap", "devices and files that memory is swapped out to")
    {
        Description = """
            The swap areas that were in use: the address of the swap_info_struct, whether it is a device or a file, its size, how
            much of it is taken, and its priority (those with a higher one are filled first).
            """,
        Examples =
        [
            new("swap", """
                SWAP_INFO_STRUCT    TYPE       SIZE       USED     PCT  PRI  FILENAME
                ffff8c2f5ddb6c00  PARTITION      2044k      2044k 100%   -2  /dev/zram0
                ffff8c2f5ddb6000       FILE      6132k      2328k  37%   -3  /mnt/swap
                """),
        ],
    };

    /// <inheritdoc/>
    protected override JsonTypeInfo<SwapResult> JsonType => SwapJson.Default.SwapResult;

    /// <inheritdoc/>
    protected override SwapResult Execute(CommandContext context, ParsedArguments arguments)
    {
        var kernel = context.Session.Kernel;
        var swap = kernel.Mm.Swap;
        context.Losses.Add(swap.Losses);
        return new SwapResult([.. swap.All.Select(area => new SwapEntry(
            area.Type, area.Address, area.IsDevice ? "PARTITION" : "FILE", area.Pages * kernel.PageSize,
            area.UsedPages * kernel.PageSize, area.Priority, area.Path))]);
    }

    /// <inheritdoc/>
    protected override void WriteText(SwapResult result, View view, TextOutput output)
    {
        var table = new TextTable(
            Column.Left("SWAP_INFO_STRUCT", 16), Column.Centred("TYPE", 9), Column.Right("SIZE   ", 10, gap: 1),
            Column.Right("USED   ", 10, gap: 1), Column.Right("PCT", 4, gap: 1), Column.Right("PRI", 4, gap: 1),
            Column.Left("FILENAME"));
        foreach (var area in result.Areas)
            table.Row(
                area.SwapInfoStruct.ToString(), area.Type, $"{area.Size >> 10}k", $"{area.Used >> 10}k",
                area.Size == 0 ? "--" : $"{area.Used * 100 / area.Size}%", $"{area.Priority}", area.FileName);
        table.WriteTo(output);
    }
}
