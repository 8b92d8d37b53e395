using System.Runtime.InteropServices;

namespace Panicle.Cli;

/// <summary>Turns Ctrl-C (SIGINT) into the cancellation of the running command.</summary>
internal sealed class Interrupts : IDisposable
{
    private readonly PosixSignalRegistration _registration;
    private readonly Lock _lock = new();
    private CancellationTokenSource? _current;

    public Interrupts() => _registration = PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal);

    /// <summary>A command starts: it is what Ctrl-C stops from now on.</summary>
    public CancellationTokenSource Begin()
    {
        lock (_lock)
            return _current = new CancellationTokenSource();
    }

    /// <summary>The command has ended: Ctrl-C has nothing to stop.</summary>
    public void End()
    {
        lock (_lock)
            _current = null;
    }

    /// <summary>Cancels the running command, as Ctrl-C does.</summary>
    public void Interrupt()
    {
        lock (_lock)
            _current?.Cancel();
    }

    /// <inheritdoc/>
    public void Dispose() => _registration.Dispose();

    private void OnSignal(PosixSignalContext context)
    {
        context.Cancel = true;
        Interrupt();
    }
}
