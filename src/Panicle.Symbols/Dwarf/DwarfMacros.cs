using System.Text;

namespace Panicle.Symbols.Dwarf;

/// <summary>
/// Preprocessor macros (<c>.debug_macro</c>: DWARF 5, 6.3, and GNU's form of it for DWARF 4), which compilers write with -g3
/// only. All are read on the first search. Thread-safe.
/// </summary>
public sealed class DwarfMacros
{
    private const int MostDefinitions = 4_000_000;
    private const int HasOffset64 = 1;
    private const int HasLineOffset = 2;
    private const int HasOpcodeTable = 4;

    private readonly DwarfFile _file;
    private readonly Lazy<Dictionary<string, string>> _definitions;

    /// <summary>Creates the table; nothing is read yet.</summary>
    /// <param name="file">The debug information; it must stay open.</param>
    public DwarfMacros(DwarfFile file)
    {
        _file = file;
        _definitions = new(Read);
    }

    /// <summary>
    /// What a macro without parameters stands for; null if there is none of the name.
    /// Of several definitions the first in the file.
    /// </summary>
    public string? Find(string name) => _file.Macro.Exists ? _definitions.Value.GetValueOrDefault(name) : null;

    private Dictionary<string, string> Read()
    {
        var definitions = new Dictionary<string, string>(StringComparer.Ordinal);
        try
        {
            // One after the other: what units import is in the same section.
            var cursor = new ByteCursor(_file.Macro, 0);
            while (!cursor.AtEnd && definitions.Count < MostDefinitions)
                ReadTable(ref cursor, definitions);
        }
        catch (DwarfException)
        {
            // A damaged table hides where the next one begins.
        }
        return definitions;
    }

    private void ReadTable(ref ByteCursor cursor, Dictionary<string, string> definitions)
    {
        var start = cursor.Position;
        var version = cursor.ReadUInt16();
        if (version is not (4 or 5))
            cursor.Fail(start, $"a table of macros of version {version}");
        var flags = cursor.ReadByte();
        var offsetSize = (flags & HasOffset64) != 0 ? 8 : 4;
        if ((flags & HasLineOffset) != 0)
            cursor.Skip((ulong)offsetSize);
        if ((flags & HasOpcodeTable) != 0)
            cursor.Fail(start, "a table of macros with operations of its own");
        while (true)
        {
            var at = cursor.Position;
            switch (cursor.ReadByte())
            {
                case 0:
                    return;
                case 0x01: // define
                    cursor.SkipLeb();
                    Add(definitions, cursor.ReadText());
                    break;
                case 0x02: // undef
                    cursor.SkipLeb();
                    cursor.SkipText();
                    break;
                case 0x03: // start_file
                    cursor.SkipLeb();
                    cursor.SkipLeb();
                    break;
                case 0x04: // end_file
                    break;
                case 0x05: // define_strp
                    cursor.SkipLeb();
                    Add(definitions, _file.Str.TextAt(cursor.ReadUnsigned(offsetSize)));
                    break;
                case 0x06 or 0x08 or 0x09: // undef_strp; define and undef in the supplementary file
                    cursor.SkipLeb();
                    cursor.Skip((ulong)offsetSize);
                    break;
                case 0x07 or 0x0a: // import: comes by itself; from the supplementary file
                    cursor.Skip((ulong)offsetSize);
                    break;
                case 0x0b or 0x0c: // define_strx, undef_strx: of split units
                    cursor.SkipLeb();
                    cursor.SkipLeb();
                    break;
                default:
                    cursor.Fail(at, "an unknown operation in a table of macros");
                    break;
            }
        }
    }

    // "NAME value", or "NAME(a, b) value" for one with parameters.
    private static void Add(Dictionary<string, string> definitions, ReadOnlySpan<byte> definition)
    {
        var end = definition.IndexOf((byte)' ');
        var name = end < 0 ? definition : definition[..end];
        if (end < 0 || name.Contains((byte)'('))
            return;
        var value = definition[(end + 1)..].Trim((byte)' ');
        if (!value.IsEmpty)
            definitions.TryAdd(Encoding.UTF8.GetString(name), Encoding.UTF8.GetString(value));
    }
}
