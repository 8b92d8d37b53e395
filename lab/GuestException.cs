namespace Panicle.Lab;

/// <summary>
/// A guest didn't do what it was told. Now and then that is the emulator's fault (it may run code that another CPU is just
/// patching), so the run is worth repeating.
/// </summary>
internal sealed class GuestException(string message) : Exception(message);
