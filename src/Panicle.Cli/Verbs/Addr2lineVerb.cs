using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Panicle.Debuginfo.Finding;
using Panicle.Dumps;
using Panicle.Formats.Demangling;
using Panicle.Formats.Json;
using Panicle.Symbols;
using Panicle.Symbols.Dwarf;

namespace Panicle.Cli.Verbs;

/// <summary>Source lines of addresses, in the order in which they were asked for.</summary>
internal sealed record Addr2lineResult(IEnumerable<Addr2lineEntry> Addresses);

/// <summary>
/// An address as it was given, null where a name was that stands for none; the innermost frame first. Frames are empty where
/// nothing is known of the address.
/// </summary>
internal sealed record Addr2lineEntry(Address? Address, IReadOnlyList<SourceFrame> Frames)
{
    /// <summary>Why the name that was given stands for no address, as a clause, or null.</summary>
    public string? Problem { get; init; }

    // Whether the answer is to be shown before more is read: who asks one address after the other waits for it.
    internal bool EndsBatch { get; init; }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true,
    Converters = [typeof(WideUInt64Converter), typeof(WideInt64Converter)])]
[JsonSerializable(typeof(Addr2lineResult))]
internal sealed partial class Addr2lineJson : JsonSerializerContext;

/// <summary>addr2line: source lines for addresses, as binutils prints them.</summary>
internal sealed class Addr2lineVerb : Command<Addr2lineResult>
{
    private const string DefaultFile = "a.out";
    private const int MostInBatch = 1 << 16;

    /// <inheritdoc/>
    public override CommandInfo Info { get; } = new("addr2line", "source lines for addresses in a vmlinux, a .ko or a program")
    {
        SchemaVersion = 2,
        Options =
        [
            Option.Value("-e", "FILE", "the file (a.out if it isn't given)", Completes.Files),
            Option.Flag("-a", "the address first"),
            Option.Flag("-f", "the function"),
            Option.Flag("-i", "also the functions that it was inlined into"),
            Option.Flag("-p", "one line for each frame"),
            Option.Flag("-s", "files without their directories"),
            Option.Flag("-C", "names of C++ and Rust as the source has them"),
            Option.Value("-j", "SECTION", "addresses are offsets in this section"),
            Hidden("--exe", "FILE"), Hidden("--addresses"), Hidden("--functions"), Hidden("--inlines"), Hidden("--pretty-print"),
            Hidden("--basenames"), Hidden("--demangle"), Hidden("--section", "SECTION"),
        ],
        Operands = [Operand.Any("ADDRESS | FUNCTION+OFFSET")],
        Description = """
            Prints for each address the source file and line that the code there was compiled from, in the very form of
            binutils' addr2line, for programs that read it. Addresses are hexadecimal, with or without 0x; a function's name
            with an offset will do too. Of a name that no function has, or several have, a note tells. Without addresses they are
            read from standard input, one a line.

            In an object file, such as a module's .ko, addresses are offsets in a section: the one that -j names, or the first one
            that has code there. Debug information may be of any DWARF version from 2 to 5, and compressed.

            With -C a name that isn't understood as a whole stays as the linker has it. JSON has the linker's names always.
            """,
        Examples =
        [
            new("panicle addr2line -e vmlinux -fip ffffffff8169a116", """
                sysrq_handle_crash at debian/build/build_amd64_none_cloud-amd64/drivers/tty/sysrq.c:155
                """),
        ],
    };

    /// <inheritdoc/>
    protected override JsonTypeInfo<Addr2lineResult> JsonType => Addr2lineJson.Default.Addr2lineResult;

    /// <inheritdoc/>
    protected override Addr2lineResult Execute(CommandContext context, ParsedArguments arguments)
    {
        var path = arguments.Value("-e") ?? arguments.Value("--exe") ?? DefaultFile;
        var binary = DebugBinary.TryOpen(path, Limits.Default, out var why, StorePlaces.Indexes())
            ?? throw new DumpException($"{path}: {why}");
        var section = arguments.Value("-j") ?? arguments.Value("--section");
        if (section is not null && binary.Elf.Section(section) is null)
            throw new DumpException($"{path} has no section {section}");
        return new Addr2lineResult(Answers(context, binary, section, Batches(arguments.Operands, context.Cancellation)));
    }

    /// <inheritdoc/>
    protected override void WriteText(Addr2lineResult result, View view, TextOutput output)
    {
        var form = PlaceForm.Of(view);
        foreach (var entry in result.Addresses)
        {
            Write(entry, form, output);
            if (entry.EndsBatch)
                output.Flush();
        }
    }

    private static Option Hidden(string name, string? value = null) =>
        (value is null ? Option.Flag(name, "") : Option.Value(name, value, "")) with { IsHidden = true };

    private static void Write(Addr2lineEntry entry, PlaceForm form, TextOutput output)
    {
        if (form.Addresses)
            Part(entry.Address is { } address ? $"0x{address}" : "??", ": ");
        if (entry.Frames.Count == 0)
        {
            if (form.Functions)
                Part("??", " ");
            output.Line("??:0");
            return;
        }
        for (var i = 0; i < (form.Inlined ? entry.Frames.Count : 1); i++)
        {
            var frame = entry.Frames[i];
            if (i > 0 && form.Pretty)
                output.Write(" (inlined by) ");
            if (form.Functions)
                Part(frame.Function is not { } name ? "??" : form.Demangled ? NameDemangler.Demangle(name) : name, " at ");
            var file = frame.File is null ? "??" : form.BaseNames ? frame.File[(frame.File.LastIndexOf('/') + 1)..] : frame.File;
            // binutils shows the innermost frame's discriminator with the others too.
            var discriminator = entry.Frames[0].Discriminator;
            var line = frame.Line == 0
                ? "?"
                : discriminator == 0 ? $"{frame.Line}" : $"{frame.Line} (discriminator {discriminator})";
            output.Line($"{file}:{line}");
        }

        // On a line of its own, or joined to what follows.
        void Part(string text, string between)
        {
            output.Write(text);
            if (form.Pretty)
                output.Write(between);
            else
                output.Line();
        }
    }

    /// <summary>
    /// What is shown: each frame on one line (Pretty); files without their directories; names as the source has them.
    /// </summary>
    private sealed record PlaceForm(bool Addresses, bool Functions, bool Inlined, bool Pretty, bool BaseNames, bool Demangled)
    {
        public static PlaceForm Of(View view) => new(
            view.Has("-a") || view.Has("--addresses"), view.Has("-f") || view.Has("--functions"), view.Has("-i")
                || view.Has("--inlines"),
            view.Has("-p") || view.Has("--pretty-print"), view.Has("-s") || view.Has("--basenames"), view.Has("-C")
                || view.Has("--demangle"));
    }

    private static IEnumerable<Addr2lineEntry> Answers(
        CommandContext context, DebugBinary binary, string? section, IEnumerable<IReadOnlyList<string>> batches)
    {
        using var _ = binary;
        foreach (var batch in batches)
        {
            Asked[] asked = [.. batch.Select(text => Find(binary, section, text.Trim()))];
            var found = binary.FindAll([.. asked.Select(one => one.Place)]);
            for (var i = 0; i < found.Length; i++)
            {
                if (asked[i].Problem is { } problem)
                    context.Note(problem);
                yield return new(asked[i].Address, found[i]) { Problem = asked[i].Problem, EndsBatch = i + 1 == found.Length };
            }
        }
    }

    // What a text stands for: the address that it gives, and where the file has that.
    private sealed record Asked(Address? Address, ulong Place, string? Problem);

    private static Asked Find(DebugBinary binary, string? section, string text)
    {
        if (!IsName(text) && !IsFunction(binary, text))
        {
            var address = Parse(text);
            return new(address, Place(binary, section, address), null);
        }
        if (CodePlace.Parse(text) is not { } name)
            return new(null, ulong.MaxValue, $"'{text}' is neither an address nor FUNCTION+OFFSET");
        return binary.Place(name.Function, name.Offset ?? 0, name.Size, out var whyNot) is { } place
            ? new(place, place, null)
            : new(null, ulong.MaxValue, whyNot);
    }

    // Where all letters are digits, too, the function is meant that there is: the number is written 0xadd. No address of a kernel
    // is asked for among the names, which take their time to read.
    private static bool IsFunction(DebugBinary binary, string text) =>
        text.Length is > 0 and < 16 && char.IsAsciiLetter(text[0]) && binary.FindFunction(text).Any();

    // A name has a letter that is no digit, or an offset behind it: add+0x10 is no number.
    private static bool IsName(string text) => text.Length > 0 && (char.IsAsciiLetter(text[0]) || text[0] is '_' or '.' or '$')
        && (text.AsSpan().IndexOfAny("+/") > 0 || text.TakeWhile(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '.' or '$')
            .Any(c => !char.IsAsciiHexDigit(c)));

    /// <summary>As strtoul does: the hexadecimal digits at the beginning, whatever follows.</summary>
    private static ulong Parse(string text)
    {
        var digits = text.AsSpan();
        if (digits.StartsWith("0x", StringComparison.OrdinalIgnoreCase))
            digits = digits[2..];
        var count = 0;
        while (count < digits.Length && char.IsAsciiHexDigit(digits[count]))
            count++;
        return ulong.TryParse(digits[..count], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var address)
            ? address
            : 0;
    }

    private static ulong Place(DebugBinary binary, string? section, ulong address)
    {
        if (section is not null)
            return binary.TryPlace(section, address, out var placed) ? placed : ulong.MaxValue;
        if (!binary.IsRelocatable)
            return address;
        foreach (var place in binary.Places(address))
            if (binary.Find(place).Count > 0)
                return place;
        return ulong.MaxValue;
    }

    /// <summary>
    /// The operands, or the lines of standard input: as many at a time as are there already, so that a program which asks for one
    /// address after the other gets each answer at once, and a long list is worked on side by side.
    /// </summary>
    private static IEnumerable<IReadOnlyList<string>> Batches(IReadOnlyList<string> operands, CancellationToken cancellation)
    {
        if (operands.Count > 0)
        {
            yield return operands;
            yield break;
        }
        using var lines = new BlockingCollection<string>(MostInBatch);
        var reader = new Thread(() => Read(lines)) { IsBackground = true };
        reader.Start();
        while (lines.TryTake(out var line, Timeout.Infinite, cancellation))
        {
            var batch = new List<string> { line };
            while (batch.Count < MostInBatch && lines.TryTake(out line))
                batch.Add(line);
            yield return batch;
        }
    }

    private static void Read(BlockingCollection<string> lines)
    {
        try
        {
            while (Console.In.ReadLine() is { } line)
                lines.Add(line);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or InvalidOperationException)
        {
            // Nobody listens any more, or the input has gone.
        }
        finally
        {
            TryComplete(lines);
        }
    }

    private static void TryComplete(BlockingCollection<string> lines)
    {
        try
        {
            lines.CompleteAdding();
        }
        catch (ObjectDisposedException)
        {
            // The command has ended before its input.
        }
    }
}
