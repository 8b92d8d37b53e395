using Panicle.Formats.Files;

namespace Panicle.Kdump.Setup;

/// <summary>Takes back what setup did to a system: what it kept a record of, and files that carry its mark.</summary>
public sealed class SetupUndo
{
    private readonly SystemRoot _root;
    private readonly SetupRecord _record;
    private readonly List<SetupResult> _results = [];
    private readonly List<string> _notes = [];
    private readonly bool _isDryRun;

    private SetupUndo(SystemRoot root, bool isDryRun) => (_root, _record, _isDryRun) = (root, SetupRecord.Read(root), isDryRun);

    /// <summary>Takes it back, the last first, or says what would be. The notes say what was left as it is.</summary>
    public static (IReadOnlyList<SetupResult> Steps, IReadOnlyList<string> Notes) Run(SystemRoot root, bool isDryRun)
    {
        var undo = new SetupUndo(root, isDryRun);
        undo.Run();
        return (undo._results, undo._notes);
    }

    private void Run()
    {
        var deeds = _record.Deeds.ToList();
        // What an earlier version did has no record, but its files have the mark.
        if (FileStep.IsOwn(_root, BootLoader.GrubFile))
            AddMissing(deeds, new SetupDeed(DeedKind.File, BootLoader.GrubFile, "", ""));
        if (FileStep.IsOwn(_root, SetupPlan.UnitPath))
            AddMissing(deeds, new SetupDeed(DeedKind.File, SetupPlan.UnitPath, "", ""));
        if (new FileInfo(_root.PathOf(SetupPlan.LinkPath)).LinkTarget == SetupPlan.UnitPath)
            AddMissing(deeds, new SetupDeed(DeedKind.Link, SetupPlan.LinkPath, SetupPlan.UnitPath, ""));
        if (_record.Problem is { } problem)
            _results.Add(new SetupResult("read what setup did", SetupOutcome.Failed, problem));
        foreach (var deed in deeds.Where(deed => deed.Kind != DeedKind.Entry).Reverse())
            Take(deed);
        if (deeds.FindAll(deed => deed.Kind == DeedKind.Entry) is { Count: > 0 } entries)
            TakeEntries(entries);
        if (_results.Count == 0 && _notes.Count == 0)
            _notes.Add("setup left nothing here that could be taken back");
    }

    private static void AddMissing(List<SetupDeed> deeds, SetupDeed deed)
    {
        if (!deeds.Exists(known => known.Kind == deed.Kind && known.Path == deed.Path))
            deeds.Add(deed);
    }

    private void Take(SetupDeed deed)
    {
        switch (deed.Kind)
        {
            case DeedKind.File when FileStep.IsOwn(_root, deed.Path):
                var notice = deed.Path == BootLoader.GrubFile ? BootLoader.Update(_root) : [];
                Do($"remove {deed.Path}{FileStep.Follow(notice)}", [deed], () =>
                {
                    File.Delete(_root.PathOf(deed.Path));
                    SystemCommand.Run(_root, [notice]);
                });
                break;
            case DeedKind.Link when new FileInfo(_root.PathOf(deed.Path)).LinkTarget == deed.Now:
                Do($"remove {deed.Path}", [deed], () => File.Delete(_root.PathOf(deed.Path)));
                break;
            case DeedKind.Image when deed.Before.Length == 0 && _root.HasFile(deed.Path):
                Do($"remove {deed.Path}", [deed], () => File.Delete(_root.PathOf(deed.Path)));
                break;
            case DeedKind.Defaults when _root.TryRead(deed.Path) == deed.Now && deed.Now != deed.Before:
                TakeDefaults(deed);
                break;
            default:
                Leave(deed);
                break;
        }
    }

    private void TakeDefaults(SetupDeed deed)
    {
        string[] config = SystemCommand.Find(_root, "update-bootloader") is { } program
            ? UpdateBootloaderStep.Config(program)
            : [];
        Do($"{deed.Path} as it was before{FileStep.Follow(config)}", [deed], () =>
        {
            OutputFile.Replace(_root.Real(deed.Path), deed.Before, FileStep.Readable);
            SystemCommand.Run(_root, [config]);
        });
    }

    private void TakeEntries(List<SetupDeed> deeds)
    {
        var commands = SystemCommand.Find(_root, "grubby") is { } program ? GrubbyStep.Undoing(program, _root, deeds) : [];
        if (commands.Count == 0)
            deeds.ForEach(Leave);
        else
            Do(string.Join("; ", commands.Select(command => string.Join(' ', command))), deeds, () =>
            {
                SystemCommand.Run(_root, commands);
                if (_root.IsLive && BootEntry.Of(_root).FirstOrDefault(entry => deeds.Any(deed =>
                    deed.Path == entry.Path && deed.Now != deed.Before && deed.Now == entry.Reservations)) is { } left)
                    throw new IOException($"grubby reports no error, but {left.Path} still has {left.Reservations}");
            });
    }

    // It is gone, or somebody has changed it since: then it is theirs.
    private void Leave(SetupDeed deed)
    {
        if (_root.HasFile(deed.Path) && deed.Now != deed.Before)
            _notes.Add($"{deed.Path} was changed since setup, or was there before, and stays as it is");
        if (!_isDryRun)
            _record.Remove(deed);
    }

    private void Do(string description, IReadOnlyList<SetupDeed> deeds, Action action)
    {
        var result = SetupPlan.Try(description, _isDryRun, isDone: false, action);
        _results.Add(result);
        // A file is gone though the program that would notice wasn't run; what only a program changes is as it was.
        if (result.Outcome != SetupOutcome.Done
            && (result.Outcome != SetupOutcome.NotRun || deeds.Any(deed => deed.Kind == DeedKind.Entry)))
            return;
        foreach (var deed in deeds)
            _record.Remove(deed);
    }
}
