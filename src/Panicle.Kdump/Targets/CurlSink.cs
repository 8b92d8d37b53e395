using System.Diagnostics;
using System.Globalization;
using System.Text;
using Panicle.Formats.Files;
using Panicle.Formats.Streams;

namespace Panicle.Kdump.Targets;

/// <summary>Sends a crash's files with HTTPS PUT through the system's curl, which brings the encryption.</summary>
internal sealed class CurlSink(TargetAddress target, CrashNames names, TimeSpan timeout) : WebSink(target, names)
{
    /// <summary>Where it lies, in the running system and in the initramfs.</summary>
    public const string Program = "/usr/bin/curl";

    public override Stream Create(string name, long? length = null)
    {
        var address = PlaceOf(Target.ToString(), name);
        var seconds = ((int)timeout.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        string[] header = length is null ? [] : ["--header", "Transfer-Encoding:", "--header", $"Content-Length: {length}"];
        var place = new AddressFile(address);
        var start = new ProcessStartInfo(Program,
        [
            "--config", place.Path, "--fail", "--silent", "--show-error", "--http1.1", "--connect-timeout", seconds,
            "--speed-time", seconds, .. header, "--upload-file", "-",
        ])
        {
            RedirectStandardInput = true,
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        return new CurlUpload(Process.Start(start) ?? throw new IOException("curl can't be started"), place);
    }

    protected override int? StatusOf(string address)
    {
        var seconds = ((int)timeout.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        using var place = new AddressFile(address);
        using var curl = Process.Start(new ProcessStartInfo(Program,
        [
            "--config", place.Path, "--silent", "--http1.1", "--head", "--max-time", seconds, "--output", "/dev/null",
            "--write-out", "%{http_code}",
        ])
        {
            RedirectStandardOutput = true,
        });
        var said = curl?.StandardOutput.ReadToEnd();
        curl?.WaitForExit();
        return curl is { ExitCode: 0 } && int.TryParse(said, NumberStyles.None, CultureInfo.InvariantCulture, out var status)
            ? status : null;
    }

    public override void Finish(string name, Stream stream)
    {
        using var upload = (CurlUpload)stream;
        var (code, errors) = upload.End(timeout);
        if (code != 0)
            throw new IOException($"{name}: {errors}");
    }

    // An address holds a password or a signature, and anybody sees the command line of a program: curl reads it from a file that
    // is root's alone (curl(1), --config).
    private sealed class AddressFile : IDisposable
    {
        public AddressFile(string address)
        {
            Path = System.IO.Path.Combine(System.IO.Path.GetTempPath(), $"panicle.{System.IO.Path.GetRandomFileName()}");
            var quoted = address.Replace(@"\", @"\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal);
            using var file = OutputFile.Create(Path, isForced: false);
            file.Write(Encoding.UTF8.GetBytes($"url = \"{quoted}\"\n"));
        }

        public string Path { get; }

        public void Dispose() => File.Delete(Path);
    }

    private sealed class CurlUpload : WriteOnlyStream
    {
        private readonly Process _curl;
        private readonly AddressFile _place;
        private readonly StringBuilder _errors = new();
        private bool _isDisposed;

        public CurlUpload(Process curl, AddressFile place)
        {
            (_curl, _place) = (curl, place);
            curl.ErrorDataReceived += (_, line) => _errors.Append(line.Data);
            curl.BeginErrorReadLine();
            curl.OutputDataReceived += (_, _) => { };
            curl.BeginOutputReadLine();
        }

        public override void Write(ReadOnlySpan<byte> buffer) => _curl.StandardInput.BaseStream.Write(buffer);

        public (int Code, string Errors) End(TimeSpan timeout)
        {
            _curl.StandardInput.Close();
            if (!_curl.WaitForExit(timeout * 2))
                throw new IOException("curl doesn't end");
            _curl.WaitForExit();
            return (_curl.ExitCode, _errors.ToString());
        }

        protected override void Dispose(bool disposing)
        {
            base.Dispose(disposing);
            if (_isDisposed)
                return;
            _isDisposed = true;
            if (!_curl.HasExited)
                _curl.Kill();
            _curl.Dispose();
            _place.Dispose();
        }
    }
}
