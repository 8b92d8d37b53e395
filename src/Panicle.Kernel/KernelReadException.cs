using Panicle.Dumps;

namespace Panicle.Kernel;

/// <summary>
/// A value of the crashed kernel that can't be had: its memory is missing or damaged, or this kernel has no such
/// symbol, type or member. The message is a clause for a person and says which of them. It costs that value and
/// nothing else: callers show the reason in the value's place and go on.
/// </summary>
public sealed class KernelReadException : Exception
{
    /// <summary>Creates the exception from a clause such as "struct task_struct has no member foo in this kernel".</summary>
    public KernelReadException(string message) : base(message)
    {
    }

    /// <summary>Creates the exception for a read that failed.</summary>
    /// <param name="what">What was being read: "struct task_struct.comm".</param>
    /// <param name="fault">Why it failed.</param>
    public KernelReadException(string what, MemoryFault fault) : base($"{what}: {fault}") => Fault = fault;

    /// <summary>Why memory could not be read; null where a name or type was missing.</summary>
    public MemoryFault? Fault { get; }
}
