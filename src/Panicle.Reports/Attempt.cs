using Panicle.Kernel;

namespace Panicle.Reports;

/// <summary>Reads parts that may fail alone, and keeps the reasons of those that did.</summary>
public sealed class Attempt(CancellationToken cancellation)
{
    private readonly List<string> _failures = [];

    /// <summary>Why parts could not be read, each reason once.</summary>
    public IReadOnlyList<string> Failures => _failures;

    /// <summary>Reads a part; null, and a reason kept, if it can't be read.</summary>
    /// <param name="what">The part, for the reason: "the log".</param>
    /// <param name="read">How it is read.</param>
    public T? Read<T>(string what, Func<T?> read)
        where T : class
    {
        cancellation.ThrowIfCancellationRequested();
        try
        {
            return read();
        }
        catch (KernelReadException failure)
        {
            Add([$"{what}: {failure.Message}"]);
            return null;
        }
    }

    /// <summary>Reads a value; null, and a reason kept, if it can't be read.</summary>
    public T? ReadValue<T>(string what, Func<T> read)
        where T : struct
    {
        try
        {
            return read();
        }
        catch (KernelReadException failure)
        {
            Add([$"{what}: {failure.Message}"]);
            return null;
        }
    }

    /// <summary>Keeps reasons that were found elsewhere.</summary>
    public void Add(IReadOnlyList<string>? failures) => _failures.AddRange((failures ?? []).Where(failure => !_failures.Contains(failure)).Distinct());
}
