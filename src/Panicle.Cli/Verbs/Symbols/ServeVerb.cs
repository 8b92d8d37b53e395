using System.Net;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Panicle.Debuginfo.Http;
using Panicle.Dumps;
using Panicle.Formats.Json;

namespace Panicle.Cli.Verbs.Symbols;

/// <summary>What was served, said when serving ends.</summary>
internal sealed record SymbolsServed(string Store, string Address);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true,
    Converters = [typeof(WideUInt64Converter), typeof(WideInt64Converter)])]
[JsonSerializable(typeof(SymbolsServed))]
internal sealed partial class SymbolsServeJson : JsonSerializerContext;

/// <summary>symbols serve: a debuginfod server on the store.</summary>
internal sealed class ServeVerb : Command<SymbolsServed>
{
    private const int DefaultPort = 8002;

    /// <inheritdoc/>
    public override CommandInfo Info { get; } = new(
        "symbols serve", "serve the store to Panicle, gdb, drgn, crash: a debuginfod server")
    {
        Options =
        [
            Stores.Option,
            Option.Value("--listen", "ADDRESS[:PORT]",
                "where to listen (default: 127.0.0.1:8002; [::]:8002 is every network of the machine)"),
            Option.Value("--source", "DIR", "serve sources out of this kernel tree, or OLD=NEW; may be repeated",
                Completes.Files),
            Option.Flag("--as-stored", "send compressed sections to everyone: less to send, "
                + "but elfutils before 0.189 and gdb before 13 can't read them"),
            Option.Flag("--log", "a line on standard error for each request"),
        ],
        Description = """
            Answers /buildid/ID/debuginfo, /buildid/ID/executable, /buildid/ID/section/NAME, /buildid/ID/source/PATH and /metrics
            as debuginfod(8) does, until Ctrl-C. Whoever is to use it sets DEBUGINFOD_URLS=http://THIS-MACHINE:8002. Everyone gets
            plain ELF files; Panicle's own client says that it reads compressed sections, and gets those.

            There is no encryption and no password. It listens on this machine alone unless it is told otherwise; what it serves is
            what the store has, and nothing else.
            """,
        Examples =
        [
            new("panicle symbols serve --listen 0.0.0.0", """
                serving /var/lib/panicle/symbols: DEBUGINFOD_URLS=http://0.0.0.0:8002
                """),
        ],
    };

    /// <inheritdoc/>
    protected override JsonTypeInfo<SymbolsServed> JsonType => SymbolsServeJson.Default.SymbolsServed;

    /// <inheritdoc/>
    protected override SymbolsServed Execute(CommandContext context, ParsedArguments arguments)
    {
        var store = Stores.From(arguments);
        using var server = Start(store, new ServeOptions
        {
            Address = AddressOf(arguments.Value("--listen") ?? "127.0.0.1"),
            Sources = [.. arguments.Values("--source")],
            AsStored = arguments.Has("--as-stored"),
            Log = arguments.Has("--log") ? Console.Error.WriteLine : null,
        });
        Console.Error.WriteLine($"serving {store.Root}: DEBUGINFOD_URLS=http://{server.Address}");
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(context.Cancellation);
        using var interrupt = System.Runtime.InteropServices.PosixSignalRegistration.Create(
            System.Runtime.InteropServices.PosixSignal.SIGINT, signal => Stop(signal, stop));
        using var terminate = System.Runtime.InteropServices.PosixSignalRegistration.Create(
            System.Runtime.InteropServices.PosixSignal.SIGTERM, signal => Stop(signal, stop));
        server.Run(stop.Token);
        return new SymbolsServed(store.Root, server.Address.ToString());
    }

    /// <inheritdoc/>
    protected override void WriteText(SymbolsServed result, View view, TextOutput output) =>
        output.Line($"{result.Store}: no longer served");

    private static void Stop(System.Runtime.InteropServices.PosixSignalContext signal, CancellationTokenSource stop)
    {
        signal.Cancel = true;
        stop.Cancel();
    }

    private static DebuginfodServer Start(Debuginfo.Store.SymbolStore store, ServeOptions options)
    {
        try
        {
            return new DebuginfodServer(store, options);
        }
        catch (IOException e)
        {
            throw new DumpException(e.Message, e);
        }
    }

    private static IPEndPoint AddressOf(string text)
    {
        if (!IPEndPoint.TryParse(text, out var address))
            throw new UsageException($"--listen {text}: an IP address, and perhaps a port: 0.0.0.0:8002, [::]:8002");
        var hasPort = text.EndsWith($":{address.Port}", StringComparison.Ordinal);
        return hasPort ? address : new IPEndPoint(address.Address, DefaultPort);
    }
}
