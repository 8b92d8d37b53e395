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

    /// <summary>It takes a program of that system's, which isn't run from here: the outcome says what to run there.</summary>
    NotRun,

    /// <summary>It was left out: the outcome says why, and what a person has to do.</summary>
    Skipped,
}

/// <summary>Why a step wasn't done, though nothing failed.</summary>
internal sealed class StepLeftException(SetupOutcome outcome, string message) : IOException(message)
{
    /// <summary>What that makes of the step.</summary>
    public SetupOutcome Outcome { get; } = outcome;
}

/// <summary>One change to a system, which can be taken back. Doing it twice is doing it once.</summary>
internal abstract class SetupStep
{
    /// <summary>What it does, in a sentence.</summary>
    public abstract string Description { get; }

    /// <summary>The programs that it runs.</summary>
    public virtual IReadOnlyList<string[]> Commands => [];

    /// <summary>What it means nothing without.</summary>
    public virtual IReadOnlyList<SetupStep> Needed => [];

    /// <summary>Whether the system is so already.</summary>
    public abstract bool IsDone(SystemRoot root);

    /// <summary>Looks whether it could be done, as far as that can be told beforehand.</summary>
    /// <exception cref="IOException">It couldn't.</exception>
    public virtual void Check(SystemRoot root)
    {
    }

    /// <summary>Changes the system as the step says, and keeps beforehand what is to be taken back.</summary>
    /// <exception cref="IOException">It failed.</exception>
    public abstract void Do(SystemRoot root, SetupRecord record);
}
