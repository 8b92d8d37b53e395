using System.Diagnostics;
using System.IO.Compression;
using System.Text;
using Panicle.Logs.Events;
using Panicle.Logs.Reading;
using Panicle.Logs.Signatures;

namespace Panicle.Logs.Tests.Reading;

/// <summary>The same crash, whatever carried its log here.</summary>
public class CarrierTests
{
    public static MatrixTheoryData<string, string> Cases => new(SampleLogs.Names, CarriedLog.All.Keys);

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_carrier_changes_nothing(string name, string carrier)
    {
        var lines = CarriedLog.Entries(SampleLogs.Text(name));
        var plain = SampleLogs.Read(string.Join('\n', lines.Select(line => line.Stamped)));
        var carried = SampleLogs.Read(CarriedLog.All[carrier](lines));
        Assert.Equal(Essence(plain), Essence(carried));
        Assert.Equal(CrashSignature.Of(plain)?.Id, CrashSignature.Of(carried)?.Id);
    }

    [Theory]
    [InlineData("utf-16")]
    [InlineData("utf-16BE")]
    [InlineData("utf-32")]
    public void Other_letters_change_nothing(string encoding)
    {
        var path = Path.Combine(Directory.CreateTempSubdirectory("panicle-test").FullName, "log");
        File.WriteAllText(path, SampleLogs.Text("6.12-bug"), Encoding.GetEncoding(encoding));
        using var stream = LogInput.Open(path);
        Assert.Equal(Essence(SampleLogs.Read(SampleLogs.Text("6.12-bug"))), Essence(SampleLogs.Read(stream)));
    }

    [Fact]
    public void Of_a_text_without_line_ends_it_is_said()
    {
        var lines = CarriedLog.Entries(SampleLogs.Text("6.12-null-deref"));
        var log = SampleLogs.Read(string.Join(' ', lines.Select(line => line.Text)));
        Assert.Equal((OopsKind.NullPointerDereference, "crashme_inner"), (log.Events[0].Kind, log.Events[0].Function));
        Assert.Contains(log.Events[0].Traces[0].Frames, frame => frame.Function == "crashme_write");
        Assert.Contains(log.Notes, note => note.Contains("line ends were lost", StringComparison.Ordinal));
    }

    [Fact]
    public void Of_a_line_that_never_ends_the_end_is_said_to_be_left_out()
    {
        const int Times = 800_000;
        var crash = Encoding.UTF8.GetBytes("\n" + SampleLogs.Text("6.12-bug"));
        using var stream = new Repeated("[    5.732186] a line end "u8.ToArray(), Times, crash);
        var log = SampleLogs.Read(stream);
        Assert.Equal(OopsKind.Bug, log.Events[0].Kind);
        Assert.Equal(1 + SampleLogs.First(SampleLogs.Text("6.12-bug")).FirstLine, log.Events[0].FirstLine);
        using var trouble = new Repeated("BUG: trouble "u8.ToArray(), 2 * Times, crash);
        Assert.Contains(SampleLogs.Read(trouble).Notes,
            note => note.EndsWith("what follows in it was not read", StringComparison.Ordinal));
    }

    [Fact]
    public void Of_a_text_that_is_newest_first_it_is_said()
    {
        var lines = CarriedLog.Entries(SampleLogs.Text("6.12-bug"));
        var log = SampleLogs.Read(CarriedLog.All["journalctl -r"](lines));
        var plain = SampleLogs.Read(string.Join('\n', lines.Select(line => line.Stamped)));
        Assert.Equal(plain.Events[0].FirstLine, log.Events[0].FirstLine);
        Assert.Contains(log.Notes, note => note.StartsWith("the text is newest first", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("xz")]
    [InlineData("zstd")]
    public void A_packed_log_is_unpacked(string program)
    {
        Assert.SkipUnless(program == "gzip" || Exists(program), $"{program} is not installed");
        var path = Path.Combine(Directory.CreateTempSubdirectory("panicle-test").FullName, "log");
        File.WriteAllBytes(
            path, program == "gzip" ? Gzip(SampleLogs.Text("6.12-bug")) : Pack(program, SampleLogs.PathOf("6.12-bug")));
        using var stream = LogInput.Open(path);
        Assert.Equal(Essence(SampleLogs.Read(SampleLogs.Text("6.12-bug"))), Essence(SampleLogs.Read(stream)));
    }

    [Fact]
    public void Pstores_parts_are_put_into_their_order()
    {
        const int Size = 1500;
        var text = SampleLogs.Text("6.12-null-deref");
        var pieces = Cut(text, Size).ToList();
        // The newest part is number 1; the files come in any order.
        var records = pieces.Select((piece, i) => $"Panic#1 Part{pieces.Count - i}\n{piece}").Reverse().ToList();
        records.Add(records[0]);
        records.RemoveAt(0);
        var folder = Directory.CreateTempSubdirectory("panicle-test").FullName;
        var files = records.Select((record, i) => WriteFile(Path.Combine(folder, $"dmesg-efi-{i}"), record)).ToList();
        using var stream = LogInput.OpenAll(files);
        var found = SampleLogs.Read(stream).Events[0];
        Assert.Equal((OopsKind.NullPointerDereference, "crashme_inner"), (found.Kind, found.Function));
        Assert.Contains(found.Traces[0].Frames, frame => frame.Function == "crashme_write");
        Assert.Equal("reads 8 bytes at rax, rax is 0", found.Access);
    }

    [Fact]
    public void Two_CPUs_lines_are_told_apart_by_their_callers()
    {
        var one = Lines(Crash("6.12-null-deref"), line => line.Replace("] ", "][  T143] ", StringComparison.Ordinal)).Split('\n');
        var other = Lines(Crash("6.12-bug"), line => line.Replace("] ", "][    C1] ", StringComparison.Ordinal)).Split('\n');
        var mixed = one.Zip(other).SelectMany(pair => new[] { pair.First, pair.Second });
        var found = SampleLogs.Read(string.Join('\n', mixed)).Events;
        Assert.Equal([OopsKind.NullPointerDereference, OopsKind.Bug], found.Take(2).Select(one => one.Kind));
        Assert.Equal(["crashme_inner", "crashme_check"], found.Take(2).Select(one => one.Function));
        Assert.DoesNotContain(found[0].Traces[0].Frames, frame => frame.Function == "crashme_bug");
    }

    [Fact]
    public void A_long_text_is_read_to_its_end()
    {
        const int Times = 40_000;
        var quiet = Encoding.UTF8.GetBytes(
            "[    5.732186] systemd[1]: Started a service that never complains, of which a log has many lines.\n");
        var crash = Encoding.UTF8.GetBytes(SampleLogs.Text("6.12-bug"));
        using var stream = new Repeated(quiet, Times, crash);
        var log = SampleLogs.Read(stream);
        Assert.Equal(Times + SampleLogs.First(SampleLogs.Text("6.12-bug")).FirstLine, log.Events[0].FirstLine);
        Assert.Equal(OopsKind.Bug, log.Events[0].Kind);
    }

    // All that a log says of an event, but for where it stands in the text.
    private static string Essence(OopsLog log) => string.Join('\n', log.Events.Select(found =>
        $"{found.Kind} '{found.Title}' {found.Function} {found.Module} {found.Cpu} {found.Pid} {found.Command} {found.Release} "
            + $"{found.Taint} {found.Workqueue} {found.Panicked} {found.PanicMessage} {found.FaultAddress} {found.Access} "
            + $"{string.Join(' ', found.Registers.Select(one => $"{one.Key}={one.Value}"))} {string.Join(' ', found.Modules)} "
        + string.Join(" < ", found.Traces.SelectMany(trace => trace.Frames).Select(frame =>
            (frame.IsReliable ? "" : "? ") + frame.Place))));

    private static string Lines(string text, Func<string, string> change) =>
        string.Join('\n', text.Split('\n').Select(change));

    private static string Crash(string name)
    {
        var text = SampleLogs.Text(name);
        return string.Join('\n', text.Split('\n').Skip((int)SampleLogs.First(text).FirstLine - 1));
    }

    private static IEnumerable<string> Cut(string text, int size)
    {
        for (var at = 0; at < text.Length; at += size)
            yield return text[at..Math.Min(at + size, text.Length)];
    }

    private static string WriteFile(string path, string text)
    {
        File.WriteAllText(path, text);
        return path;
    }

    private static byte[] Gzip(string text)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest))
            gzip.Write(Encoding.UTF8.GetBytes(text));
        return packed.ToArray();
    }

    private static byte[] Pack(string program, string path)
    {
        using var process = Process.Start(new ProcessStartInfo(program, ["-c", path]) { RedirectStandardOutput = true })!;
        using var packed = new MemoryStream();
        process.StandardOutput.BaseStream.CopyTo(packed);
        process.WaitForExit();
        return packed.ToArray();
    }

    private static bool Exists(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(folder => File.Exists(Path.Combine(folder, program)));

    // A text too long to be held, made as it is read.
    private sealed class Repeated(byte[] text, int times, byte[] end) : Stream
    {
        private int _left = times;
        private ReadOnlyMemory<byte> _now;
        private bool _ended;

        public override bool CanRead => true;
        public override bool CanSeek => false;
        public override bool CanWrite => false;
        public override long Length => throw new NotSupportedException();
        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count)
        {
            if (_now.IsEmpty && _left > 0)
                (_now, _left) = (text, _left - 1);
            else if (_now.IsEmpty && !_ended)
                (_now, _ended) = (end, true);
            var length = Math.Min(count, _now.Length);
            _now[..length].CopyTo(buffer.AsMemory(offset));
            _now = _now[length..];
            return length;
        }

        public override void Flush() { }
        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
        public override void SetLength(long value) => throw new NotSupportedException();
        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
