using System.Diagnostics;
using System.Globalization;
using System.Text;
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
        var start = new ProcessStartInfo(Program,
        [
            "--fail", "--silent", "--show-error", "--http1.1", "--connect-timeout", seconds, "--speed-time", seconds, .. header,
            "--upload-file", "-", address,
        ])
        {
            RedirectStandardInput = true,
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        return new CurlUpload(Process.Start(start) ?? throw new IOException("curl can't be started"));
    }

    protected override int? StatusOf(string address)
    {
        var seconds = ((int)timeout.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        using var curl = Process.Start(new ProcessStartInfo(Program,
        [
            "--silent", "--http1.1", "--head", "--max-time", seconds, "--output", "/dev/null", "--write-out", "%{http_code}",
            address,
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

    private sealed class CurlUpload : WriteOnlyStream
    {
        private readonly Process _curl;
        private readonly StringBuilder _errors = new();
        private bool _isDisposed;

        public CurlUpload(Process curl)
        {
            _curl = curl;
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
        }
    }
}
