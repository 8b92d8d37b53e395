using System.Globalization;

namespace Panicle.Kdump.Loading;

/// <summary>A piece of physical memory, as <c>/proc/iomem</c> names it.</summary>
/// <param name="Range">Where it lies; the end doesn't belong to it.</param>
/// <param name="Name">What it is: "System RAM", "Crash kernel", "ACPI Tables", "Reserved"…</param>
/// <param name="Depth">How many others it lies in.</param>
internal readonly record struct PhysicalPiece(AddressRange Range, string Name, int Depth);

/// <summary>The machine's physical memory, as the kernel tells root (<c>/proc/iomem</c>).</summary>
internal static class PhysicalMap
{
    /// <summary>Every piece, those inside others after them.</summary>
    /// <exception cref="KexecException">The kernel shows nobody but root where things lie.</exception>
    public static IReadOnlyList<PhysicalPiece> Read(SystemRoot root)
    {
        var pieces = new List<PhysicalPiece>();
        foreach (var line in root.ReadLines("/proc/iomem"))
        {
            var text = line.TrimStart();
            var colon = text.IndexOf(" : ", StringComparison.Ordinal);
            if (colon < 0 || text[..colon].Split('-') is not [var first, var last])
                continue;
            if (ulong.TryParse(first, NumberStyles.AllowHexSpecifier, null, out var start)
                && ulong.TryParse(last, NumberStyles.AllowHexSpecifier, null, out var end))
                pieces.Add(
                    new PhysicalPiece(new AddressRange(start, end + 1), text[(colon + 3)..], (line.Length - text.Length) / 2));
        }
        return pieces.Any(piece => piece.Range.Start != 0)
            ? pieces
            : throw new KexecException("/proc/iomem shows no addresses: that takes root");
    }
}
