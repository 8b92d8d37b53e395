using Panicle.Kdump.Configuration;

namespace Panicle.Kdump.Initramfs;

/// <summary>A module that goes into the initramfs.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Content">Its bytes, unpacked.</param>
/// <param name="For">What it is there for.</param>
internal sealed record SelectedModule(string Name, byte[] Content, string For);

/// <summary>Picks modules with all that they depend on, each after those that it needs.</summary>
internal sealed class ModuleSelection(ModuleTree tree)
{
    private const int MostDepth = 64;

    private readonly HashSet<string> _seen = [];
    private readonly List<SelectedModule> _modules = [];
    private readonly List<string> _missing = [];

    /// <summary>What was picked, in the order in which the modules are to be loaded.</summary>
    public IReadOnlyList<SelectedModule> Modules => _modules;

    /// <summary>What is neither there as a file nor built in, with what wants it.</summary>
    public IReadOnlyList<string> Missing => _missing;

    /// <summary>Those of the modules that a configuration names which an initramfs for the running kernel would lack.</summary>
    public static IReadOnlyList<string> MissingOf(SystemRoot root, EffectiveConfiguration configuration)
    {
        if (configuration.Modules.Count == 0)
            return [];
        var selection = new ModuleSelection(new ModuleTree(root, Machine.Read(root).Release));
        foreach (var module in configuration.Modules)
            selection.Add(module, "the configuration");
        return selection.Missing;
    }

    /// <summary>Picks a module. One that is built in, or that there is an alias of, is fine too.</summary>
    public void Add(string name, string purpose) => Add(name, purpose, isRequired: true, depth: 0);

    /// <summary>Picks a module if there is one.</summary>
    public void AddIfThere(string name, string purpose) => Add(name, purpose, isRequired: false, depth: 0);

    private void Add(string name, string purpose, bool isRequired, int depth)
    {
        name = ModuleTree.Normalize(name);
        if (depth > MostDepth || !_seen.Add(name) || tree.IsBuiltIn(name))
            return;
        if (tree.Has(name))
            AddFile(name, purpose, depth);
        else if (tree.Answering(name) is { Count: > 0 } others)
            AddAll(others, purpose, depth);
        else if (isRequired)
            _missing.Add($"{name} (for {purpose})");
    }

    private void AddAll(IReadOnlyList<string> names, string purpose, int depth)
    {
        foreach (var name in names)
            Add(name, purpose, isRequired: false, depth + 1);
    }

    private void AddFile(string name, string purpose, int depth)
    {
        byte[] content;
        ModuleInfo info;
        try
        {
            content = tree.Read(name);
            info = ModuleInfo.Read(content);
        }
        catch (Exception e) when (e is IOException or InvalidDataException)
        {
            _missing.Add($"{name} (for {purpose}): {e.Message}");
            return;
        }
        foreach (var wanted in info.Wants)
            Add(wanted, purpose, isRequired: false, depth + 1);
        foreach (var needed in info.Needs)
            Add(needed, purpose, isRequired: true, depth + 1);
        _modules.Add(new SelectedModule(name, content, purpose));
    }
}
