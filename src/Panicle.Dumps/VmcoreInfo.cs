using System.Globalization;
using System.Text;
using Panicle.Formats.Elf;

namespace Panicle.Dumps;

/// <summary>
/// The kernel's note to dump tools (Documentation/admin-guide/kdump/vmcoreinfo.rst): lines of <c>KEY=VALUE</c> such as
/// <c>SYMBOL(init_task)=ffffffff82a1aa40</c>, <c>OFFSET(page.flags)=0</c>, <c>NUMBER(phys_base)=16777216</c>.
/// </summary>
public sealed class VmcoreInfo
{
    /// <summary>The owner of the ELF note that holds it.</summary>
    public const string NoteName = "VMCOREINFO";

    /// <summary>Longest text that is believed; the kernel keeps it in one page.</summary>
    internal const int MostBytes = 1024 * 1024;

    private readonly Dictionary<string, string> _lines = new(StringComparer.Ordinal);

    /// <summary>Parses the note's text; bytes after the first NUL are ignored, and lines without '=' too.</summary>
    public VmcoreInfo(ReadOnlySpan<byte> text)
    {
        var end = text.IndexOf((byte)0);
        if (end >= 0)
            text = text[..end];
        foreach (var line in Encoding.UTF8.GetString(text).Split('\n'))
        {
            var equals = line.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0)
                _lines[line[..equals]] = line[(equals + 1)..];
        }
    }

    /// <summary>Reads it out of the first note of its name among these; null if there is none.</summary>
    internal static VmcoreInfo? Find(IEnumerable<ElfNote> notes)
    {
        foreach (var note in notes)
        {
            if (note.Name == NoteName && note.Descriptor.Length > 0)
                return new VmcoreInfo(note.Descriptor.Span[..Math.Min(MostBytes, note.Descriptor.Length)]);
        }
        return null;
    }

    /// <summary>Every line: key (with its <c>SYMBOL(…)</c> form) and value.</summary>
    public IReadOnlyDictionary<string, string> Lines => _lines;

    /// <summary>The kernel release (<c>OSRELEASE</c>), or null.</summary>
    public string? Release => Text("OSRELEASE");

    /// <summary>The kernel image's build ID in lower-case hex (<c>BUILD-ID</c>), or null before 5.9.</summary>
    public string? BuildId => Text("BUILD-ID");

    /// <summary>
    /// How far KASLR moved the kernel image from its link address, in bytes (<c>KERNELOFFSET</c>, hex without 0x).
    /// </summary>
    public ulong KernelOffset => Hex("KERNELOFFSET") ?? 0;

    /// <summary>The value of a line as text, or null.</summary>
    public string? Text(string key) => _lines.GetValueOrDefault(key);

    /// <summary>The run-time address of a symbol (<c>SYMBOL(name)</c>), or null.</summary>
    public ulong? Symbol(string name) => Hex($"SYMBOL({name})");

    /// <summary>A structure's size in bytes (<c>SIZE(name)</c>), or null.</summary>
    public long? SizeOf(string type) => Decimal($"SIZE({type})");

    /// <summary>A member's offset in bytes (<c>OFFSET(struct.member)</c>), or null.</summary>
    public long? OffsetOf(string member) => Decimal($"OFFSET({member})");

    /// <summary>An array's length in elements (<c>LENGTH(name)</c>), or null.</summary>
    public long? LengthOf(string name) => Decimal($"LENGTH({name})");

    /// <summary>A number (<c>NUMBER(name)</c>; decimal, or hex with 0x), or null.</summary>
    public long? Number(string name) => Decimal($"NUMBER({name})");

    private ulong? Hex(string key) =>
        ulong.TryParse(Text(key), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value) ? value : null;

    private long? Decimal(string key)
    {
        var text = Text(key);
        if (text is null)
            return null;
        if (text.StartsWith("0x", StringComparison.Ordinal))
            return ulong.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var hex)
                ? (long)hex
                : null;
        return long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) ? value : null;
    }
}
