namespace Panicle.Dumps.Writing;

/// <summary>Writes kdump-compressed files: one, or several of a split dump.</summary>
internal sealed class KdumpFormatWriter : DumpFormatWriter
{
    private readonly KdumpFileWriter[] _files;
    private readonly (ulong First, ulong End)[] _parts;
    private readonly bool _isIncomplete;

    public KdumpFormatWriter(DumpContent content, DumpCompression compression, IReadOnlyList<IDumpOutput> outputs)
    {
        PageFlags = (uint)compression;
        _parts = Divide(content.Dumped, outputs.Count);
        _files = new KdumpFileWriter[outputs.Count];
        _isIncomplete = content.IsIncomplete;
        Listed = content.Listed;
        for (var i = 0; i < _files.Length; i++)
            _files[i] = new KdumpFileWriter(
                outputs[i], content, Listed, compression, _parts[i].First, _parts[i].End, isSplit: _files.Length > 1);
    }

    public override IReadOnlyList<(ulong First, ulong End)> Parts => _parts;

    public override PageSet? Listed { get; }

    public override uint PageFlags { get; }

    // The files of a split dump can be read each by itself.
    public override bool SharesPages => _files.Length == 1;

    // Every page has a descriptor, which is zero until it comes.
    public override bool TakesAnyOrder => true;

    public override void Begin()
    {
        foreach (var file in _files)
            file.Begin();
    }

    public override long Place(PageBatch batch) => _files[batch.Part].Place(batch.Length);

    public override void Write(PageBatch batch, long place) => _files[batch.Part].Write(batch, place);

    public override void Finish(bool lost)
    {
        foreach (var file in _files)
            file.Finish(lost || _isIncomplete);
    }

    /// <summary>Ranges of frames with about as many pages in each.</summary>
    private static (ulong First, ulong End)[] Divide(PageSet pages, int count)
    {
        var parts = new (ulong First, ulong End)[count];
        var total = pages.Count;
        ulong first = 0, before = 0;
        using var runs = pages.Runs().GetEnumerator();
        (ulong First, ulong End) run = default;
        for (var i = 0; i < count; i++)
        {
            var wanted = total * (ulong)(i + 1) / (ulong)count;
            while (before + (run.End - run.First) < wanted)
            {
                before += run.End - run.First;
                if (!runs.MoveNext())
                    break;
                run = runs.Current;
            }
            var end = i == count - 1 ? pages.Limit : run.First + (wanted - before);
            parts[i] = (first, end);
            first = end;
        }
        return parts;
    }
}
