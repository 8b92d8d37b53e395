using System.Globalization;
using System.Text;
using Panicle.Debuginfo.Elf;
using Panicle.Formats.Streams;

namespace Panicle.Debuginfo.Http;

/// <summary>What a server answers with.</summary>
internal sealed class ServedContent : IDisposable
{
    private readonly Action<Stream, long, long, CancellationToken> _copy;
    private readonly IDisposable? _source;

    private ServedContent(
        string kind, int status, long length, Action<Stream, long, long, CancellationToken> copy, IDisposable? source = null)
    {
        (Kind, Status, Length, _copy, _source) = (kind, status, length, copy, source);
    }

    /// <summary>What was asked for, for counting: "debuginfo", "section", "other".</summary>
    public string Kind { get; }

    public int Status { get; }

    /// <summary>How many bytes the whole has.</summary>
    public long Length { get; }

    public string Type { get; private init; } = "application/octet-stream";

    /// <summary>The fields of the answer that are about the file, each line ended.</summary>
    public string Fields { get; private init; } = "";

    /// <summary>A file as it is.</summary>
    public static ServedContent File(string kind, string path, string fields = "")
    {
        var file = System.IO.File.OpenHandle(path);
        var length = RandomAccess.GetLength(file);
        return new ServedContent(kind, 200, length, (output, from, count, _) =>
        {
            using var part = new FilePart(file, from, count);
            part.CopyTo(output, 1 << 18);
        }, file)
        {
            Fields = FieldsOf(path, length) + fields,
        };
    }

    /// <summary>An ELF file, or a part of it, with plain sections.</summary>
    public static ServedContent Elf(string kind, string path, ElfExpansion expansion) =>
        new(kind, 200, expansion.Length, expansion.CopyTo, expansion) { Fields = FieldsOf(path, expansion.Length) };

    public static ServedContent Text(string kind, string text) => OfText(kind, 200, text);

    /// <summary>An error, with a sentence.</summary>
    public static ServedContent Error(int status, string sentence, string kind = "other") =>
        OfText(kind, status, $"{sentence}\n");

    public void CopyTo(Stream output, long from, long count, CancellationToken cancellation) =>
        _copy(output, from, count, cancellation);

    /// <inheritdoc/>
    public void Dispose() => _source?.Dispose();

    private static ServedContent OfText(string kind, int status, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        return new ServedContent(kind, status, bytes.Length,
            (output, from, count, _) => output.Write(bytes, (int)from, (int)count))
        { Type = "text/plain; charset=utf-8" };
    }

    private static string FieldsOf(string path, long length) => string.Create(CultureInfo.InvariantCulture,
        $"X-DEBUGINFOD-SIZE: {length}\r\nX-DEBUGINFOD-FILE: "
            + $"{new string([.. Path.GetFileName(path).Where(char.IsAscii)])}\r\nLast-Modified: "
            + $"{System.IO.File.GetLastWriteTimeUtc(path):R}\r\nCache-Control: public\r\n");
}
