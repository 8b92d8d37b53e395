namespace Panicle.Kdump.Setup;

/// <summary>What became of a step.</summary>
public enum SetupOutcome
{
    /// <summary>It was so already.</summary>
    Already,

    /// <summary>It was done just now.</summary>
    Done,

    /// <summary>It would be done.</summary>
    WouldDo,

    /// <summary>It could not be done; the outcome says why.</summary>
    Failed,
}

/// <summary>One change to a system, which can be taken back. Doing it twice is doing it once.</summary>
internal abstract class SetupStep
{
    /// <summary>What it does, in a sentence.</summary>
    public abstract string Description { get; }

    /// <summary>Whether the system is so already.</summary>
    public abstract bool IsDone(SystemRoot root);

    /// <summary>Changes the system as the step says, and keeps beforehand what is to be taken back.</summary>
    /// <exception cref="IOException">It failed.</exception>
    public abstract void Do(SystemRoot root, SetupRecord record);
}
