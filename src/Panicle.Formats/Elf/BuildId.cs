using System.Buffers.Binary;

namespace Panicle.Formats.Elf;

/// <summary>
/// The identity of a build: a note of the owner "GNU" and type 3 (NT_GNU_BUILD_ID) whose descriptor the linker made of the
/// program's content. Written in lower-case hex everywhere.
/// </summary>
public static class BuildId
{
    /// <summary>Most bytes that a build ID in memory is believed to have.</summary>
    public const int MostBytes = 64;

    /// <summary>Bytes of the note before the ID itself: three words and "GNU\0".</summary>
    public const int HeaderBytes = 16;

    private const string Owner = "GNU";
    private const uint NoteType = 3;
    private const int LeastBytes = 8;

    /// <summary>The build ID in a block of notes, or null if none of them holds one.</summary>
    public static string? InNotes(ReadOnlyMemory<byte> notes) =>
        ElfNotes.Find(notes, Owner, NoteType) is { Length: > 0 } id ? Convert.ToHexStringLower(id.Span) : null;

    /// <summary>
    /// The first build ID whose note begins in the first bytes of a piece of memory, at a multiple of four; null if none does.
    /// </summary>
    /// <param name="memory">The memory; <see cref="HeaderBytes"/> + <see cref="MostBytes"/> longer than what is searched.</param>
    /// <param name="searched">How many bytes are searched.</param>
    public static string? Search(ReadOnlySpan<byte> memory, int searched)
    {
        for (var at = 0; at < searched; at += 4)
        {
            var note = memory[at..];
            var owner = note[12..].IndexOf("GNU\0"u8);
            if (owner < 0)
                return null;
            if (owner > 0)
            {
                at += (owner - 1) & ~3;
                continue;
            }
            var length = BinaryPrimitives.ReadUInt32LittleEndian(note[4..]);
            if (BinaryPrimitives.ReadUInt32LittleEndian(note) == Owner.Length + 1
                && BinaryPrimitives.ReadUInt32LittleEndian(note[8..]) == NoteType && length is >= LeastBytes and <= MostBytes)
                return Convert.ToHexStringLower(note.Slice(HeaderBytes, (int)length));
        }
        return null;
    }
}
