using System.Diagnostics;
using System.IO.Compression;
using System.Text;
using Panicle.Formats.Streams;

namespace Panicle.Reports.Oops;

/// <summary>Opens a log, whatever it is packed with: gzip, xz, zstd, bzip2, told by its first bytes.</summary>
public static class LogInput
{
    // Formats that the framework can't read go through their own program.
    private static readonly (byte[] Magic, string Program)[] Packers =
    [
        ([0xfd, (byte)'7', (byte)'z', (byte)'X', (byte)'Z', 0], "xz"),
        ([0x28, 0xb5, 0x2f, 0xfd], "zstd"),
        ([(byte)'B', (byte)'Z', (byte)'h'], "bzip2"),
    ];

    /// <summary>The text in a file; <c>-</c> is standard input.</summary>
    /// <exception cref="IOException">The file can't be read, or the program that unpacks it isn't there.</exception>
    public static Stream Open(string path)
    {
        if (path != "-")
            return Unpack(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0));
        return Unpack(Console.OpenStandardInput());
    }

    /// <summary>The text of one log in several files, one after the other; the parts that pstore cut it into are put into their order.</summary>
    public static Stream OpenAll(IReadOnlyList<string> paths)
    {
        var streams = paths.Select(Open).ToList();
        var heads = streams.ConvertAll(Peek);
        var joined = heads.ConvertAll(head => head.Stream);
        if (!heads.All(head => PstoreRecord.IsAt(head.Text)))
            return joined.Count == 1 ? joined[0] : new JoinedStream(default, joined);
        var texts = joined.ConvertAll(ReadText);
        return new MemoryStream(Encoding.UTF8.GetBytes(PstoreRecord.Join(texts) ?? string.Concat(texts)));
    }

    private static (string Text, Stream Stream) Peek(Stream stream)
    {
        var head = new byte[64];
        var length = stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
        return (Encoding.Latin1.GetString(head, 0, length), new JoinedStream(head.AsMemory(0, length), [stream]));
    }

    private static string ReadText(Stream stream)
    {
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return reader.ReadToEnd();
    }

    /// <summary>The text in a stream that may be packed.</summary>
    public static Stream Unpack(Stream stream)
    {
        var head = new byte[6];
        var length = stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
        Stream whole = new JoinedStream(head.AsMemory(0, length), [stream]);
        if (head is [0x1f, 0x8b, ..])
            return new GZipStream(whole, CompressionMode.Decompress);
        foreach (var (magic, program) in Packers)
        {
            if (head.AsSpan().StartsWith(magic))
                return Through(program, whole);
        }
        return whole;
    }

    private static Stream Through(string program, Stream packed)
    {
        try
        {
            var process = Process.Start(new ProcessStartInfo(program, ["-dc"]) { RedirectStandardInput = true, RedirectStandardOutput = true })
                ?? throw new IOException($"{program} can't be started");
            _ = Task.Run(() => Feed(packed, process));
            return process.StandardOutput.BaseStream;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            throw new IOException($"the log is packed, and the program {program} isn't installed");
        }
    }

    // The program may end before it has read everything (a broken file): that is its reader's end of the text.
    private static void Feed(Stream packed, Process process)
    {
        try
        {
            using var input = process.StandardInput.BaseStream;
            packed.CopyTo(input);
        }
        catch (IOException)
        {
        }
    }
}
