namespace Panicle.Kdump.Initramfs;

/// <summary>No capture initramfs can be made. The message says why and what to do.</summary>
public sealed class InitramfsException(string message) : Exception(message);
