namespace Panicle.Kdump.Targets;

/// <summary>
/// Sends a crash's files with HTTP PUT (RFC 9110), to TARGET/CRASH/FILE. A server keeps only what it got whole, so that there are
/// no incomplete names. An address with a query is one object, such as a pre-signed URL: it takes the dump alone, and wants to
/// know its length.
/// </summary>
internal abstract class WebSink(TargetAddress target, CrashNames names) : CrashSink
{
    private readonly bool _isOneObject = target.Path.Contains('?', StringComparison.Ordinal);

    public override string Description => _isOneObject ? target.Shown
        : $"{target.Shown.TrimEnd('/')}/{names.Taken ?? names.Directory}";

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
        return _isOneObject ? address : $"{address.TrimEnd('/')}/{Directory(address, name)}/{name}";
    }

    /// <summary>What the server answers when asked whether there is something (HEAD): its status, or null for none.</summary>
    protected abstract int? StatusOf(string address);

    // A PUT replaces what is there. Where the server doesn't tell what is, the name is one that no other crash has.
    private string Directory(string address, string name) => names.Taken ?? names.Take(directory =>
    {
        foreach (var file in new[] { name, names.Dump }.Distinct())
        {
            var status = StatusOf($"{address.TrimEnd('/')}/{directory}/{file}");
            if (status is >= 200 and < 300)
                return false;
            if (status is 404 or 410)
                continue;
            names.Taken = $"{names.Directory}.{Guid.NewGuid():N}"[..(names.Directory.Length + 9)];
            return true;
        }
        return true;
    });
}
