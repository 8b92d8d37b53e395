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
        if (value.Length > 0 && known.Check(value) is { } wrong)
            Remark($"{key}: {wrong}");
        else if (value.Length > 0)
            _settings.Add(new Setting(key, value, new Origin(path, Line)));
    }

    /// <summary>
    /// Keeps that a key is set, but that nothing tells to what: neither a default nor what stood before holds then.
    /// </summary>
    protected void SetUnknown(string key, string why) =>
        _settings.Add(new Setting(key, "", new Origin(path, Line)) { WhyUnknown = why });

    /// <summary>Says what can't be understood of a file of shell assignments.</summary>
    protected void TakeRemarks(IEnumerable<ShellRemark> remarks)
    {
        foreach (var (line, message) in remarks)
        {
            Line = line;
            Remark(message);
        }
    }

    /// <summary>Says something of the line.</summary>
    protected void Remark(string message) => _remarks.Add(new Remark(new Origin(path, Line), message));
}
