using Panicle.Dumps.Sources;
using Panicle.Formats.Elf;

namespace Panicle.Dumps.Kdump;

/// <summary>A kdump-compressed dump: one file, or the files of a split set.</summary>
internal sealed class KdumpDump : PagedDump
{
    private readonly KdumpPart[] _parts;
    private readonly List<ElfNote> _notes = [];
    private readonly List<string> _problems = [];
    private readonly ulong _pages;
    private readonly List<(ulong First, ulong End)> _uncovered = [];

    private KdumpDump(KdumpPart[] parts, Limits limits) : base(parts[0].Header.BlockSize, limits.PageCacheBytes)
    {
        _parts = parts;
        _pages = parts[0].Header.Pages;
        Paths = Array.ConvertAll(parts, static part => part.Source.Path);
        foreach (var part in parts)
        {
            _problems.AddRange(part.Header.Problems);
            if (part.Source is FlattenedFile { Problem: { } problem })
                _problems.Add($"{part.Source.Path}: {problem}");
        }
        VmcoreInfo = ReadNotes(limits);
        FindMissingParts();
        Header = MakeHeader();
    }

    public override IReadOnlyList<string> Paths { get; }

    public override DumpHeader Header { get; }

    public override IReadOnlyList<ElfNote> Notes => _notes;

    public override VmcoreInfo? VmcoreInfo { get; }

    public override IReadOnlyList<string> Problems => _problems;

    public override ulong Limit => _pages * (ulong)PageSize;

    /// <summary>Opens one file or a split set. Takes ownership of the sources.</summary>
    public static KdumpDump Open(IReadOnlyList<ByteSource> sources, Limits limits)
    {
        var parts = new KdumpPart[sources.Count];
        for (var i = 0; i < parts.Length; i++)
            parts[i] = new KdumpPart(sources[i], KdumpHeader.Read(sources[i]));
        if (parts.Length > 1)
            CheckSet(parts);
        Array.Sort(parts, static (a, b) => a.Header.FirstPage.CompareTo(b.Header.FirstPage));
        return new KdumpDump(parts, limits);
    }

    public override IEnumerable<AddressRange> PresentRanges()
    {
        var pageSize = (ulong)PageSize;
        foreach (var part in _parts)
        {
            var page = part.Header.FirstPage;
            while (true)
            {
                page = part.Dumped.Next(page, true);
                if (page >= part.Header.EndPage)
                    break;
                var end = Math.Min(part.Header.EndPage, part.Dumped.Next(page, false));
                yield return new AddressRange(page * pageSize, end * pageSize);
                page = end;
            }
        }
    }

    public override IEnumerable<AddressRange> MachineRanges()
    {
        var ram = _parts[0].Ram;
        var pageSize = (ulong)PageSize;
        for (var page = ram.Next(0, true); page < _pages;)
        {
            var end = Math.Min(_pages, ram.Next(page, false));
            yield return new AddressRange(page * pageSize, end * pageSize);
            page = ram.Next(end, true);
        }
    }

    public override IEnumerable<AddressRange> MissingRanges()
    {
        var (dumped, pageSize) = (_parts[0].Dumped, (ulong)PageSize);
        foreach (var (first, limit) in _uncovered)
        {
            for (var page = dumped.Next(first, true); page < limit;)
            {
                var end = Math.Min(limit, dumped.Next(page, false));
                yield return new AddressRange(page * pageSize, end * pageSize);
                page = dumped.Next(end, true);
            }
        }
    }

    protected override PageResult StateOfPage(ulong page) => PartOf(page) is { } part ? part.StateOf(page) : Uncovered(page);

    protected override PageResult ReadPage(ulong page, Span<byte> buffer) =>
        PartOf(page) is { } part ? part.Read(page, buffer) : Uncovered(page);

    protected override PageResult ReadPages(ulong first, Span<byte> buffer, out int good)
    {
        good = 0;
        while (!buffer.IsEmpty)
        {
            var page = first + (ulong)good;
            if (PartOf(page) is not { } part)
                return Uncovered(page);
            var length = (int)Math.Min((ulong)(buffer.Length / PageSize), part.Header.EndPage - page) * PageSize;
            var result = part.ReadRow(page, buffer[..length], out var read);
            good += read;
            if (result.State != PageState.Present)
                return result;
            buffer = buffer[length..];
        }
        return PageResult.Present;
    }

    protected override void Dispose(bool disposing)
    {
        foreach (var part in _parts)
            part.Dispose();
    }

    /// <summary>The files of a set describe the same memory, and each has its own range.</summary>
    private static void CheckSet(KdumpPart[] parts)
    {
        var first = parts[0];
        foreach (var part in parts)
        {
            if (!part.Header.IsSplit)
                throw new DumpException(
                    $"{part.Source.Path} is a dump by itself, not a part of a split one; name one dump, or the parts of one.");
            if (part.Header.Pages != first.Header.Pages || part.Header.BlockSize != first.Header.BlockSize
                || part.Header.Utsname != first.Header.Utsname)
                throw new DumpException($"{first.Source.Path} and {part.Source.Path} are parts of different dumps.");
        }
    }

    private KdumpPart? PartOf(ulong page)
    {
        foreach (var part in _parts)
        {
            if (part.Covers(page))
                return part;
        }
        return null;
    }

    private PageResult Uncovered(ulong page)
    {
        var bitmaps = _parts[0];
        if (bitmaps.Dumped.Test(page) == true)
            return new PageResult(PageState.BeyondEnd, "in a part of the split dump that wasn't given");
        return bitmaps.Ram.Test(page) == true ? bitmaps.LeftOut : new PageResult(PageState.Hole);
    }

    private void FindMissingParts()
    {
        if (!_parts[0].Header.IsSplit)
            return;
        ulong covered = 0;
        foreach (
            var header in _parts.Select(static part => part.Header).Where(static header => header.EndPage > header.FirstPage))
        {
            if (header.FirstPage > covered)
                ReportMissing(covered, header.FirstPage);
            covered = Math.Max(covered, header.EndPage);
        }
        if (covered < _pages)
            ReportMissing(covered, _pages);
    }

    private void ReportMissing(ulong from, ulong to)
    {
        _uncovered.Add((from, to));
        _problems.Add(
            $"parts of the split dump are missing: physical memory 0x{from * (ulong)PageSize:x}-0x{to * (ulong)PageSize:x} "
                + "is in a file that wasn't given");
    }

    private VmcoreInfo? ReadNotes(Limits limits)
    {
        VmcoreInfo? info = null;
        foreach (var part in _parts)
        {
            var source = part.Source;
            if (_notes.Count == 0
                && ReadSection(source, part.Header.Notes, Math.Min(ElfNotes.MostBytes, limits.MaxBlock), "notes") is { } notes)
            {
                var broken = ElfNotes.Parse(notes, _notes);
                if (broken >= 0)
                    _problems.Add(
                        $"{source.Path}: the note at offset 0x{part.Header.Notes.Offset + broken:x} makes no sense; "
                            + "it and those after it are lost");
            }
            if (info is null && ReadSection(source, part.Header.VmcoreInfo, VmcoreInfo.MostBytes, "VMCOREINFO") is { } text)
                info = new VmcoreInfo(text);
        }
        return info is { Lines.Count: > 0 } ? info : VmcoreInfo.Find(_notes);
    }

    private byte[]? ReadSection(ByteSource source, (long Offset, long Size) section, int most, string what)
    {
        if (section.Size == 0)
            return null;
        if (section.Size <= most)
        {
            var bytes = new byte[section.Size];
            if (source.TryFill(section.Offset, bytes))
                return bytes;
        }
        _problems.Add($"{source.Path}: the {what} at offset 0x{section.Offset:x}, size 0x{section.Size:x} can't be read");
        return null;
    }

    private DumpHeader MakeHeader()
    {
        var part = _parts[0];
        var header = part.Header;
        return new DumpHeader
        {
            Format = FormatName(part),
            Machine = FindMachine(header.Utsname),
            FilterLevel = header.DumpLevel,
            // Level 1 alone leaves nothing out: zero pages share one stored page.
            IsPartial = (header.DumpLevel & ~1) != 0,
            IsIncomplete = FindCut() | _uncovered.Count > 0
                | _parts.Any(static part => (part.Header.Status & KdumpHeader.StatusIncomplete) != 0),
            WrittenAt = header.WrittenAt,
            Utsname = header.Utsname,
            CpuCount = header.CpuCount > 0 ? header.CpuCount : CpuNotes.Count(_notes),
            // QEMU doesn't know it, and leaves 0.
            PhysicalBase = _notes.Exists(static note => note.Name == "QEMU") && header.PhysicalBase == 0
                ? null
                : header.PhysicalBase,
            HasErasedData = header.EraseInfo.Size > 0,
        };
    }

    private string FormatName(KdumpPart part)
    {
        var name = $"{(part.Source is FlattenedFile ? "flattened " : "")}kdump-compressed v{part.Header.Version}";
        var compression = PageCodec.NameOf(part.Header.Status);
        if (compression is null or "uncompressed")
            compression = part.SampleCompression();
        if (compression is not null)
            name += $", {compression}";
        if (part.Header.IsSplit)
            name += _parts.Length == 1 ? ", one part of a split dump" : $", split into {_parts.Length} files";
        return name;
    }

    /// <summary>Looks whether a file is shorter than its pages need.</summary>
    private bool FindCut()
    {
        var cut = false;
        foreach (var part in _parts)
        {
            cut |= part.Source.IsTruncated;
            var expected = Math.Max(part.ExpectedLength(), part.Header.DescriptorsAt);
            if (part.Source.IsTruncated || part.Source.Length >= expected)
                continue;
            _problems.Add(
                $"{part.Source.Path} was cut short: it has {part.Source.Length} bytes, "
                    + $"and its last page ends at {expected} or later");
            cut = true;
        }
        return cut;
    }

    /// <summary>
    /// utsname names the machine; without it, size of the register notes and the kernel's own note tell the usual two apart.
    /// </summary>
    private ushort FindMachine(Utsname utsname)
    {
        var number = ElfMachine.NumberOf(utsname.Machine);
        if (number != 0)
            return number;
        if (VmcoreInfo?.Lines.ContainsKey("NUMBER(kimage_voffset)") == true)
            return ElfMachine.AArch64;
        if (VmcoreInfo?.Lines.ContainsKey("NUMBER(pgtable_l5_enabled)") == true)
            return ElfMachine.X86_64;
        return _notes.Find(static note => note is { Name: "CORE", Type: ElfNote.PrStatus })?.Descriptor.Length switch
        {
            336 => ElfMachine.X86_64,
            392 => ElfMachine.AArch64,
            _ => 0,
        };
    }
}
