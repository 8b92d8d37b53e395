namespace Panicle.Kdump.Targets;

/// <summary>
/// Sends a crash's files with HTTP PUT (RFC 9110), to TARGET/CRASH/FILE. A server keeps only what it got whole, so that there are
/// no incomplete names. An address with a query is one object, such as a pre-signed URL: it takes the dump alone, and wants to
/// know its length.
/// </summary>
internal abstract class WebSink(TargetAddress target, CrashNames names) : CrashSink
{
    private readonly bool _isOneObject = target.Path.Contains('?', StringComparison.Ordinal);

    public override string Description => _isOneObject ? target.Shown : $"{target.Shown.TrimEnd('/')}/{names.Directory}";

    // S3 takes nothing in chunks.
    public override bool NeedsLength => _isOneObject;

    /// <summary>The server and the path on it, with the user and password that it wants.</summary>
    protected TargetAddress Target => target;

    /// <summary>Where a file goes: the address of the one object, or its own below the target's.</summary>
    /// <param name="address">The target's address, or the path of it.</param>
    /// <param name="name">The file.</param>
    protected string PlaceOf(string address, string name)
    {
        if (_isOneObject && name != names.Dump)
            throw new IOException($"the address stands for one file, and that is {names.Dump}");
        return _isOneObject ? address : $"{address.TrimEnd('/')}/{names.Directory}/{name}";
    }
}
