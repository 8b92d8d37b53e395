using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Panicle.Cli;

/// <summary>
/// The JSON around every result (docs/json.md), one line each:
/// <c>{"schema":"panicle.ps/1","command":"ps","arguments":["-k"],"result":{...},"notes":[]}</c>.
/// </summary>
internal static class JsonEnvelope
{
    // Output is for programs and terminals, not for a web page: "<" and "ä" stay readable.
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static void Write(
        Stream stream, CommandInfo info, IReadOnlyList<string> arguments, CommandResult result, IReadOnlyList<string> notes)
    {
        if (info.IsDocument)
        {
            WriteLine(stream, result.WriteJson);
            return;
        }
        WriteLine(stream, info.Schema, info.Name, arguments, writer =>
        {
            writer.WritePropertyName("result");
            result.WriteJson(writer);
            WriteStrings(writer, "notes", notes);
        });
    }

    public static void WriteError(Stream stream, string command, IReadOnlyList<string> arguments, Failure failure)
    {
        WriteLine(stream, "panicle.error/1", command, arguments, writer =>
        {
            writer.WriteStartObject("error");
            writer.WriteString("kind", failure.Kind);
            writer.WriteString("message", failure.Hint.Length > 0 ? $"{failure.Message}\n{failure.Hint}" : failure.Message);
            writer.WriteEndObject();
        });
    }

    private static void WriteLine(
        Stream stream, string schema, string command, IReadOnlyList<string> arguments, Action<Utf8JsonWriter> writeRest)
    {
        WriteLine(stream, writer =>
        {
            writer.WriteStartObject();
            writer.WriteString("schema", schema);
            writer.WriteString("command", command);
            WriteStrings(writer, "arguments", arguments);
            writeRest(writer);
            writer.WriteEndObject();
        });
    }

    // The whole document is made before any of it is written, so that a failure in between leaves no half of one.
    private static void WriteLine(Stream stream, Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, Options))
            write(writer);
        buffer.Write("\n"u8);
        stream.Write(buffer.WrittenSpan);
    }

    private static void WriteStrings(Utf8JsonWriter writer, string name, IReadOnlyList<string> values)
    {
        writer.WriteStartArray(name);
        foreach (var value in values)
            writer.WriteStringValue(value);
        writer.WriteEndArray();
    }
}
