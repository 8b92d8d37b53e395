using System.Text;
using Panicle.Formats.Files;

namespace Panicle.Kdump.Setup;

/// <summary>One thing that setup did.</summary>
/// <param name="Kind">What it was done to.</param>
/// <param name="Path">The file.</param>
/// <param name="Now">What setup made of it.</param>
/// <param name="Before">What it was before; "" for nothing.</param>
internal sealed record SetupDeed(DeedKind Kind, string Path, string Now, string Before);

/// <summary>What a deed of setup was done to.</summary>
internal enum DeedKind
{
    /// <summary>A file of Panicle's own, with setup's mark in it.</summary>
    File,

    /// <summary>A symbolic link; what is kept is where it leads.</summary>
    Link,

    /// <summary>The capture initramfs that setup built.</summary>
    Image,

    /// <summary>A boot entry; what is kept are its <c>crashkernel=</c>.</summary>
    Entry,

    /// <summary>A file of the boot loader's that its own tool changed; what is kept is all of it.</summary>
    Defaults,
}

/// <summary>What setup did to a system, kept there so that just that can be taken back.</summary>
internal sealed class SetupRecord
{
    private const string DefaultPath = "/var/lib/panicle/setup";

    private readonly SystemRoot _root;
    private readonly List<SetupDeed> _deeds = [];
    private readonly List<string> _unread = []; // Lines that another version may know.
    private string? _whyUnread;

    private SetupRecord(SystemRoot root) => _root = root;

    /// <summary>What was done, in order.</summary>
    public IReadOnlyList<SetupDeed> Deeds => _deeds;

    /// <summary>What of it can't be read, in a sentence; null for nothing.</summary>
    public string? Problem => _whyUnread
        ?? (_unread.Count == 0 ? null : $"{DefaultPath}: {_unread.Count} of its lines can't be read: "
            + "what they say was done isn't taken back; look what they are, and remove the file");

    /// <summary>Reads a system's; without one nothing was done. Lines that can't be read are kept.</summary>
    public static SetupRecord Read(SystemRoot root)
    {
        var record = new SetupRecord(root);
        var (all, why) = root.ReadWhole(DefaultPath);
        record._whyUnread = why is null ? null : $"{DefaultPath}: {why}";
        foreach (var line in (all ?? "").Split('\n').Where(line => line.Length > 0))
        {
            if (line.Split('\t') is [var kind, ['/', ..] path, var now, var before]
                && Enum.TryParse<DeedKind>(kind, out var known) && known.ToString() == kind && Enum.IsDefined(known)
                && Decode(now) is { } text && Decode(before) is { } old)
                record._deeds.Add(new SetupDeed(known, path, text, old));
            else
                record._unread.Add(line);
        }
        return record;
    }

    /// <summary>
    /// Keeps that something is about to be done, before it is. What was there before the first time stays what was there before.
    /// </summary>
    public void Add(DeedKind kind, string path, string now, string before)
    {
        var earlier = _deeds.FindIndex(deed => deed.Kind == kind && deed.Path == path);
        if (earlier < 0)
            _deeds.Add(new SetupDeed(kind, path, now, before));
        else
            _deeds[earlier] = new SetupDeed(kind, path, now, _deeds[earlier].Now == before ? _deeds[earlier].Before : before);
        Write();
    }

    /// <summary>Forgets something that was taken back.</summary>
    public void Remove(SetupDeed deed)
    {
        _deeds.Remove(deed);
        Write();
    }

    private void Write()
    {
        var path = _root.PathOf(DefaultPath);
        if (_whyUnread is not null)
            throw new IOException(_whyUnread);
        if (_deeds.Count == 0 && _unread.Count == 0)
        {
            if (File.Exists(path))
                File.Delete(path);
            return;
        }
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var text = new StringBuilder();
        foreach (var (kind, file, now, before) in _deeds)
            text.Append($"{kind}\t{file}\t{Encode(now)}\t{Encode(before)}\n");
        _unread.ForEach(line => text.Append($"{line}\n"));
        OutputFile.Replace(path, text.ToString());
    }

    private static string Encode(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));

    private static string? Decode(string text)
    {
        var bytes = new byte[text.Length];
        return Convert.TryFromBase64String(text, bytes, out var count) ? Encoding.UTF8.GetString(bytes, 0, count) : null;
    }
}
