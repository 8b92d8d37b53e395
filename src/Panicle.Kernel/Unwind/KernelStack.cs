using Panicle.Symbols;

namespace Panicle.Kernel.Unwind;

/// <summary>A kernel stack in memory.</summary>
/// <param name="Stack">Which it is.</param>
/// <param name="Range">Its addresses.</param>
public readonly record struct KernelStack(FrameStack Stack, AddressRange Range);
