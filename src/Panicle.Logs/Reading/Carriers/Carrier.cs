namespace Panicle.Logs.Reading.Carriers;

/// <summary>Something that changed a text's lines on their way here, and what they were before it.</summary>
internal abstract class Carrier
{
    // What is put together of several lines is never longer: nothing that a kernel prints is.
    protected const int Longest = 16 << 10;

    /// <summary>Takes the next line, and gives every one that is complete.</summary>
    public abstract void Add(RawLine line, Action<RawLine> next);

    /// <summary>Gives what it still holds, because the text has ended.</summary>
    public virtual void End(Action<RawLine> next)
    {
    }
}
