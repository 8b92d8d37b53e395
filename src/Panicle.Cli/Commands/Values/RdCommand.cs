using System.Text;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Panicle.Dumps;
using Panicle.Formats.Files;
using Panicle.Formats.Json;
using Panicle.Kernel;

namespace Panicle.Cli.Commands.Values;

/// <summary>
/// Memory contents. Memory is "kernel", "user", "physical" or "file"; UnitSize is in bytes; Text is a string (rd -a).
/// </summary>
internal sealed record RdResult(string Memory, Address Start, int UnitSize, IReadOnlyList<RdUnit> Units, string? Text);

/// <summary>One unit. Meaning is the symbol that it points to, or with -S the slab cache in brackets; null if neither.</summary>
internal sealed record RdUnit(Address Value, string? Meaning);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true,
    Converters = [typeof(WideUInt64Converter), typeof(WideInt64Converter)])]
[JsonSerializable(typeof(RdResult))]
internal sealed partial class RdJson : JsonSerializerContext;

internal sealed class RdCommand : Command<RdResult>
{
    private const int MostBytes = 256 * 1024 * 1024;
    private const int BytesPerLine = 16;
    private const int AsciiPerLine = 60;

    /// <inheritdoc/>
    public override CommandInfo Info { get; } = new("rd", "memory contents")
    {
        Options =
        [
            Option.Flag("-p", "the address is physical"),
            Option.Flag("-u", "the address is one of the current task's user memory"),
            Option.Flag("-f", "the address is an offset in the dump file"),
            Option.Flag("-m", "the address is a Xen machine address"),
            Option.Flag("-d", "signed decimal"),
            Option.Flag("-D", "unsigned decimal"),
            Option.Flag("-s", "symbols where values point to some"),
            Option.Flag("-S", "symbols, and slab caches where values point to objects; twice: with the addresses"),
            Option.Flag("-x", "without the text column"),
            Option.Flag("-8", "units of 8 bits"),
            Option.Flag("-16", "units of 16 bits"),
            Option.Flag("-32", "units of 32 bits"),
            Option.Flag("-64", "units of 64 bits"),
            Option.Flag("-a", "as text; without COUNT up to the first byte that is none"),
            Option.Flag("-N", "in network byte order"),
            Option.Value("-o", "OFFSET", "bytes to add to the address (hex with 0x)"),
            Option.Value("-e", "ADDRESS", "where to end"),
            Option.Value("-r", "FILE", "write the bytes to a new file", Completes.Files),
        ],
        OneOf = [new("-p", "-u", "-f", "-m"), new("-8", "-16", "-32", "-64")],
        Operands = [Operand.Required("ADDRESS | SYMBOL[+OFFSET][:CPU]", Completes.Symbols), Operand.Optional("COUNT")],
        Description = """
            COUNT units (one, if none is given) from an address: of the kernel's memory, or of the current task's where
            the address is one of user space. To the right are the bytes as text. What can't be read says why: excluded
            by the dump's filter, missing from a dump that was cut short, not mapped.

            gdb's form x/COUNT FORMAT SIZE ADDRESS works too: x/10xw, x/16gx, x/s, x/5i.
            """,
        Examples =
        [
            new("rd linux_banner 4", """
                ffffffffb531ffe0:  65762078756e694c 2e36206e6f697372   Linux version 6.
                ffffffffb531fff0:  632d36352d302e31 646d612d64756f6c   1.0-56-cloud-amd
                """),
            new("rd -S ff2e6e8581281ce0 6", """
                ff2e6e8581281ce0:  [kmalloc-4k]     0000020000000000 
                ff2e6e8581281cf0:  0000000000000000 bpf_prog_pack_alloc+658 
                ff2e6e8581281d00:  [kmalloc-64]     [kmalloc-64]     
                """, "What pointers point to."),
            new("rd -32 0x0 10", """
                rd: 0x0 is not mapped: it is in the page at 0, which is never mapped, so that using a NULL pointer faults
                """, "gdb's x/10xw 0x0 is the same."),
        ],
    };

    /// <inheritdoc/>
    protected override JsonTypeInfo<RdResult> JsonType => RdJson.Default.RdResult;

    public override string? Rewrite(CommandLine line, CommandContext context)
    {
        if (line.Name is not ['x', '/', .. var format] || line.Arguments.Count == 0)
            return null;
        CheckFormat(format);
        var place = string.Join(' ', line.Arguments.Select(word => word.Raw));
        var digits = format.TakeWhile(char.IsAsciiDigit).Count();
        var count = digits > 0 ? format[..digits] : "1";
        var letters = format[digits..];
        if (letters.Contains('i'))
            return $"dis {place} {count}";
        if (letters.Contains('s'))
            return $"rd -a {place}";
        var size = letters.FirstOrDefault(letter =>
            "bhwg".Contains(letter)) switch
        { 'b' => "-8", 'h' => "-16", 'g' => "-64", _ => "-32" };
        // A letter c is a byte as text; a is an address with its symbol.
        var form = letters.FirstOrDefault(letter =>
            "xduac".Contains(letter)) switch
        { 'd' => " -d", 'u' => " -D", 'a' => " -s", 'c' => " -8", _ => "" };
        if (form == " -s")
            size = "-64";
        return $"rd {size}{form} {place} {count}";
    }

    // A count, a letter for the form and one for the size, in either order.
    private static void CheckFormat(string format)
    {
        const string Forms = "xduacis", Sizes = "bhwg";
        var letters = format.TrimStart('-').TrimStart("0123456789".ToCharArray());
        if (format.StartsWith('-') || letters.Any(letter => !Forms.Contains(letter) && !Sizes.Contains(letter))
            || letters.Count(Forms.Contains) > 1 || letters.Count(Sizes.Contains) > 1)
            throw new UsageException(
                $"'x/{format}' has no meaning here; write x/[COUNT][x|d|u|a|c|i|s][b|h|w|g], as in x/10xg");
    }

    /// <inheritdoc/>
    protected override RdResult Execute(CommandContext context, ParsedArguments arguments)
    {
        var request = Request.Parse(context, arguments);
        if (arguments.Has("-a"))
            return ReadText(context, request);
        var bytes = ReadBytes(context, request);
        if (arguments.Value("-r") is { } file)
        {
            OutputFile.CheckNoInput(file, context.Session.Paths);
            if (FileStatus.Of(file, follow: false) is { Length: 0, Kind: FileKind.Regular } or null)
                Write(file, bytes);
            else
                throw new CommandException($"{file} is there already; name another file, or remove it first");
            context.Note($"{bytes.Length} bytes written to {file}");
        }
        var describe = Describer(context, arguments);
        var words = request.Memory.Words;
        words = words with { IsBigEndian = words.IsBigEndian || arguments.Has("-N") };
        var units = new List<RdUnit>(bytes.Length / request.UnitSize);
        for (var i = 0; i + request.UnitSize <= bytes.Length; i += request.UnitSize)
        {
            context.Cancellation.ThrowIfCancellationRequested();
            var value = words.ReadNumber(bytes.AsSpan(i, request.UnitSize));
            units.Add(new RdUnit(value, describe?.Invoke(value)));
        }
        return new RdResult(request.Kind, request.Start, request.UnitSize, arguments.Has("-r") ? [] : units, null);
    }

    private static void Write(string file, byte[] bytes)
    {
        using var output = OutputFile.Create(file, isForced: true);
        output.Write(bytes);
    }

    /// <inheritdoc/>
    protected override void WriteText(RdResult result, View view, TextOutput output)
    {
        if (result.Text is not null)
            WriteString(result, output);
        else
            WriteUnits(result, RowForm.Of(result, view), output);
    }

    // What a value points to, or null where it is only a number.
    private static Func<ulong, string?>? Describer(CommandContext context, ParsedArguments arguments)
    {
        var kernel = context.Session.Kernel;
        if (arguments.Count("-S") is > 0 and var times)
            return value => SlabMeaning(kernel, value, times > 1) ?? SymbolMeaning(kernel, value);
        return arguments.Has("-s") ? value => SymbolMeaning(kernel, value) : null;
    }

    private static string? SymbolMeaning(KernelDump kernel, ulong value)
    {
        if (!kernel.Memory.IsKernelAddress(value) || !kernel.Symbols.TryLookup(value, out var symbol))
            return null;
        var offset = value - symbol.Address;
        return offset == 0 ? symbol.Name : $"{symbol.Name}+{offset}";
    }

    private static string? SlabMeaning(KernelDump kernel, ulong value, bool withAddress)
    {
        if (!kernel.Memory.IsKernelAddress(value) || !kernel.Mm.Slabs.TryFind(value, out _, out var cache))
            return null;
        return withAddress ? $"[{value:x}:{cache.Name}]" : $"[{cache.Name}]";
    }

    // As many whole units as can be read: what is missing is said beside them, or instead where there is none.
    private static byte[] ReadBytes(CommandContext context, Request request)
    {
        var bytes = new byte[request.Length];
        if (request.Memory.TryRead(request.Start, bytes, out var fault))
            return bytes;
        var readable = (int)Math.Min(fault.Address - request.Start, (ulong)bytes.Length) / request.UnitSize * request.UnitSize;
        if (readable == 0 || !request.Memory.TryRead(request.Start, bytes.AsSpan(0, readable), out _))
            throw new CommandException(Explain(context, request, fault));
        context.Note(Explain(context, request, fault));
        return bytes[..readable];
    }

    private static RdResult ReadText(CommandContext context, Request request)
    {
        var text = new StringBuilder();
        Span<byte> one = stackalloc byte[1];
        for (var i = 0; i < request.Length; i++)
        {
            if (!request.Memory.TryRead(request.Start + (ulong)i, one, out var fault))
            {
                if (i == 0)
                    throw new CommandException(Explain(context, request, fault));
                break;
            }
            var isText = one[0] is >= 0x20 and < 0x7f;
            if (!isText && !request.HasCount)
                break;
            text.Append(isText ? (char)one[0] : '.');
        }
        return new RdResult(request.Kind, request.Start, 1, [], text.ToString());
    }

    private static string Explain(CommandContext context, Request request, MemoryFault fault)
    {
        if (fault.State == PageState.Unmapped && fault.Address < context.Session.Kernel.PageSize && request.Kind != "physical")
            return $"0x{fault.Address:x} is not mapped: it is in the page at 0, which is never mapped, "
                + "so that using a NULL pointer faults";
        var whose = request.Owner is null ? "" : $" (user memory of {request.Owner})";
        return $"{fault}{whose}";
    }

    private static string AddressText(RdResult result, ulong offset)
    {
        var address = result.Start.Value + offset;
        return result.Memory == "kernel" ? $"{address:x16}" : $"{address,16:x}";
    }

    private static void WriteString(RdResult result, TextOutput output)
    {
        for (var i = 0; i < result.Text!.Length; i += AsciiPerLine)
            output.Line(
                $"{AddressText(result, (ulong)i)}:  {result.Text.AsSpan(i, Math.Min(AsciiPerLine, result.Text.Length - i))}");
    }

    private static void WriteUnits(RdResult result, RowForm form, TextOutput output)
    {
        var perLine = BytesPerLine / result.UnitSize;
        var blank = new string(' ', UnitText(result, form, new RdUnit(0, null)).Length);
        for (var i = 0; i < result.Units.Count; i += perLine)
        {
            var line = new StringBuilder($"{AddressText(result, (ulong)(i * result.UnitSize))}:  ");
            var text = new StringBuilder();
            for (var j = i; j < i + perLine; j++)
            {
                if (j < result.Units.Count)
                    AddText(text, result.Units[j].Value, result.UnitSize);
                else if (!form.Ascii)
                    break;
                line.Append(j < result.Units.Count ? UnitText(result, form, result.Units[j]) : blank).Append(' ');
            }
            output.Line(form.Ascii ? line.Append("  ").Append(text).ToString() : line.ToString());
        }
    }

    private static string UnitText(RdResult result, RowForm form, RdUnit unit)
    {
        if (form.Meanings && unit.Meaning is not null)
            return unit.Meaning.PadRight(16);
        if (form.DecimalWidth == 0)
            return unit.Value.Value.ToString($"x{result.UnitSize * 2}");
        var shift = 64 - result.UnitSize * 8;
        var number = form.Signed ? ((long)(unit.Value.Value << shift) >> shift).ToString() : unit.Value.Value.ToString("d");
        return number.PadLeft(form.DecimalWidth);
    }

    private static void AddText(StringBuilder text, ulong value, int size)
    {
        for (var i = 0; i < size; i++, value >>= 8)
            text.Append((byte)value is >= 0x20 and < 0x7f and var character ? (char)character : '.');
    }

    /// <summary>How units look. DecimalWidth is 0 for hexadecimal.</summary>
    private sealed record RowForm(bool Ascii, bool Meanings, bool Signed, int DecimalWidth)
    {
        public static RowForm Of(RdResult result, View view)
        {
            var isDecimal = view.Has("-d") || view.Has("-D");
            var meanings = view.Has("-s") || view.Has("-S");
            var width = isDecimal ? result.UnitSize switch { 8 => 15, 4 => 12, 2 => 6, _ => 4 } : 0;
            var ascii = !isDecimal && !meanings && !view.Has("-x") && !view.Has("-N");
            return new RowForm(ascii, meanings, view.Has("-d"), width);
        }
    }

    /// <summary>What was asked for.</summary>
    private sealed record Request(
        IMemory Memory, string Kind, string? Owner, ulong Start, int UnitSize, int Length, bool HasCount)
    {
        public static Request Parse(CommandContext context, ParsedArguments arguments)
        {
            var start = Places.Parse(context, arguments.Operands[0]);
            if (arguments.Value("-o") is { } offset)
                start += Numbers.TryParse(offset, out var bytes)
                    ? bytes
                    : throw new UsageException($"-o: '{offset}' is not a number");
            var (memory, kind, owner) = MemoryFor(context, arguments, start);
            var unit = arguments.Has("-a") || arguments.Has("-8") ? 1 : arguments.Has("-16") ? 2
                : arguments.Has("-32") ? 4 : arguments.Has("-64") ? 8 : memory.Words.Size;
            var count = CountOf(context, arguments, start, unit);
            if ((long)count * unit > MostBytes)
                throw new CommandException($"{count} units are more than this command reads at once ({MostBytes >> 20} MiB)");
            return new Request(
                memory, kind, owner, start, unit, count * unit, arguments.Operand(1) is not null || arguments.Has("-e"));
        }

        private static int CountOf(CommandContext context, ParsedArguments arguments, ulong start, int unit)
        {
            if (arguments.Operand(1) is { } count)
                return Numbers.Count(count, "COUNT");
            if (arguments.Value("-e") is not { } end)
                return arguments.Has("-a") ? 64 * 1024 : 1;
            var length = Places.Parse(context, end) - start;
            return length <= MostBytes ? (int)((length + (ulong)unit - 1) / (ulong)unit)
                : throw new CommandException("the end lies before the start, or more than 256 MiB behind it");
        }

        private static (IMemory, string, string?) MemoryFor(CommandContext context, ParsedArguments arguments, ulong start)
        {
            var session = context.Session;
            if (arguments.Has("-m"))
                throw new CommandException("machine addresses exist in dumps of a Xen hypervisor only, and this is none");
            if (arguments.Has("-f"))
                return (new FileMemory(session.Paths[0]), "file", null);
            if (arguments.Has("-p"))
                return (session.Kernel.Memory.Physical, "physical", null);
            if (!arguments.Has("-u") && session.Kernel.Memory.IsKernelAddress(start))
                return (session.Kernel.Memory, "kernel", null);
            // An address in the first page is a NULL pointer, whoever used it.
            if (session.CurrentTask.Mm == 0 && start < session.Kernel.PageSize)
                return (session.Kernel.Memory, "user", null);
            return (session.CurrentTaskMemory(), "user", session.CurrentTask.ToString());
        }
    }

    /// <summary>The dump file's own bytes.</summary>
    private sealed class FileMemory(string path) : IMemory
    {
        public bool TryRead(ulong address, Span<byte> buffer, out MemoryFault fault)
        {
            using var file = File.OpenHandle(path);
            var read = address > long.MaxValue ? 0 : RandomAccess.Read(file, buffer, (long)address);
            fault = read == buffer.Length ? default : new MemoryFault(PageState.BeyondEnd, address + (ulong)read);
            return read == buffer.Length;
        }
    }
}
