namespace Panicle.Kdump.Configuration;

/// <summary>What the readers of all kinds of files share: values and remarks with the line that they stand in.</summary>
internal abstract class ConfigurationFileReader(string path)
{
    private readonly List<Setting> _settings = [];
    private readonly List<Remark> _remarks = [];

    /// <summary>The line that is being read, from 1.</summary>
    protected int Line { get; set; }

    protected ConfigurationFile Result => new(path, _settings, _remarks);

    /// <summary>Keeps a value, and says what is wrong with it.</summary>
    protected void Set(string key, string value)
    {
        var known = SettingKey.Find(key) ?? throw new ArgumentException(key);
        if (value.Length == 0)
            return;
        if (Unwritable(value) is { } why)
        {
            Remark($"{key}: {why}");
            SetUnknown(key, why);
        }
        else if (known.Check(value) is { } wrong)
        {
            Remark($"{key}: {wrong}");
            // A dump must not go where nobody looks for it, nor a capture lack what it was said to need.
            if (key is "target" or "fallback" or "modules")
                SetUnknown(key, wrong);
        }
        else
            _settings.Add(new Setting(key, value, new Origin(path, Line)));
    }

    /// <summary>
    /// Keeps that a key is set, but that nothing tells to what: neither a default nor what stood before holds then.
    /// </summary>
    protected void SetUnknown(string key, string why) =>
        _settings.Add(new Setting(key, "", new Origin(path, Line)) { WhyUnknown = Secrets.Hide(why) });

    /// <summary>Keeps that nothing of the file is known.</summary>
    protected void SetAllUnknown(string why)
    {
        Remark(why);
        foreach (var key in SettingKey.All)
            SetUnknown(key.Name, why);
    }

    /// <summary>What a file says that can't be read: nothing, and so every key may be set to anything.</summary>
    public ConfigurationFile Unreadable(string why)
    {
        SetAllUnknown(why);
        return Result;
    }

    // The capture kernel gets all values in Panicle's own file, which has a line for each and comments.
    private static string? Unwritable(string value) =>
        value.Contains('\uFFFD', StringComparison.Ordinal) ? "the value isn't UTF-8"
        : value.Any(char.IsControl) ? "the value holds a control character"
        : value.Contains(" #", StringComparison.Ordinal) ? "a value can't hold ' #', which begins a comment in Panicle's own file"
        : value != value.Trim() ? "the value begins or ends with a blank"
        : null;

    /// <summary>Says something of the line.</summary>
    protected void Remark(string message) =>
        _remarks.Add(new Remark(new Origin(path, Line), Secrets.Hide(message)));
}
