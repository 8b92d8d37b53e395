using System.Globalization;
using System.Text.RegularExpressions;
using Panicle.Formats.Elf;
using Panicle.Logs.Events;
using Panicle.Symbols;
using Panicle.Symbols.Elf;

namespace Panicle.Logs.Naming;

/// <summary>
/// Names for the addresses in a log whose kernel printed no symbols, from the files of that kernel. Where the kernel and its
/// modules lay is read from the log: <c>Kernel Offset: 0x…</c>, and lines as in <c>/proc/modules</c>.
/// </summary>
public sealed partial class OopsSymbols : IDisposable
{
    private readonly string? _vmlinux;
    private readonly string? _systemMap;
    private readonly Dictionary<string, string> _moduleFiles;
    private readonly Dictionary<string, (ulong Base, ulong Size)> _loaded = [];
    private readonly Dictionary<string, ISymbolTable?> _modules = [];
    private readonly List<ElfFile> _files = [];
    private readonly OopsLines _lines;
    private ISymbolTable? _kernel;
    private bool _isKernelRead;
    private ulong _slide;
    private ulong _linked;

    /// <summary>Takes the files; each is read when an address asks for it.</summary>
    /// <param name="vmlinux">The kernel with its symbol table, or null.</param>
    /// <param name="systemMap">A System.map or /proc/kallsyms, or null.</param>
    /// <param name="modules">A module's .ko file, or a folder with such files, searched with its subfolders; or null.</param>
    /// <param name="loaded">A file as /proc/modules, for where modules lay, or null where the log tells.</param>
    public OopsSymbols(string? vmlinux, string? systemMap, string? modules, string? loaded)
    {
        (_vmlinux, _systemMap) = (vmlinux, systemMap);
        _moduleFiles = modules is null ? []
            : Directory.Exists(modules) ? FilesIn(modules).DistinctBy(ModuleName).ToDictionary(ModuleName)
            : new() { [ElfModule.NameIn(modules) ?? ModuleName(modules)] = modules };
        _lines = new OopsLines(vmlinux, _moduleFiles, Notes);
        foreach (var line in loaded is null ? [] : File.ReadLines(loaded))
            Observe(line);
    }

    /// <summary>What could not be read, and why.</summary>
    public List<string> Notes { get; } = [];

    /// <inheritdoc/>
    public void Dispose()
    {
        _lines.Dispose();
        _files.ForEach(file => file.Dispose());
    }

    /// <summary>The event with source lines for its frames, as far as the files that were given have them.</summary>
    internal OopsEvent AddLines(OopsEvent found) => _lines.AddTo(found, _slide, _loaded);

    /// <summary>Learns from a line of the log where the kernel or a module lies.</summary>
    internal void Observe(string text)
    {
        if (Offset().Match(text) is { Success: true } offset)
            Move(Hex(offset.Groups["o"]), Hex(offset.Groups["t"]));
        else if (Loaded().Match(text) is { Success: true } module
            && ulong.TryParse(module.Groups["s"].ValueSpan, CultureInfo.InvariantCulture, out var size))
            _loaded[module.Groups["n"].Value] = (Hex(module.Groups["a"]), size);
    }

    /// <summary>The frame with its function's name, if it has only an address that a symbol covers.</summary>
    internal BacktraceFrame Name(BacktraceFrame frame)
    {
        if (frame is not { Function: null, Address: { } address } || Table(address, out var module) is not { } table
            || !table.TryLookup(address, out var symbol))
            return frame;
        return frame with
        {
            Function = symbol.Name,
            Offset = address - symbol.Address,
            Size = symbol.Size == 0 ? null : symbol.Size,
            Module = symbol.Module ?? module,
        };
    }

    private void Move(ulong slide, ulong linked)
    {
        _linked = linked;
        if (slide == _slide)
            return;
        (_slide, _kernel, _isKernelRead) = (slide, null, false);
    }

    private ISymbolTable? Table(ulong address, out string? module)
    {
        module = _loaded.FirstOrDefault(pair => address - pair.Value.Base < pair.Value.Size).Key;
        if (module is null || !_moduleFiles.TryGetValue(module, out var file))
            return Kernel();
        if (!_modules.TryGetValue(module, out var table))
            _modules[module] = table = Open(file, _loaded[module].Base, module, ".text");
        return table;
    }

    private ISymbolTable? Kernel()
    {
        if (_isKernelRead)
            return _kernel;
        _isKernelRead = true;
        if (_vmlinux is not null)
            return _kernel = Open(_vmlinux, _slide, null, null);
        if (_systemMap is null)
            return null;
        _kernel = ReadMap(_systemMap, _slide);
        // /proc/kallsyms has the addresses after KASLR, System.map those before.
        if (_slide != 0 && _kernel?.TryFind("_text", out var text) == true && text.Address != _linked + _slide)
            _kernel = ReadMap(_systemMap, 0);
        return _kernel;
    }

    private SystemMap? ReadMap(string path, ulong slide)
    {
        using var text = new StreamReader(path);
        var map = SystemMap.TryRead(text, slide, Limits.Default, out var why);
        if (why is not null)
            Notes.Add($"{path}: {why}");
        return map;
    }

    private ElfSymbolTable? Open(string path, ulong slide, string? module, string? section)
    {
        if (ElfFile.TryOpen(path, Limits.Default, out var why) is not { } file)
        {
            Notes.Add($"{path}: {why}");
            return null;
        }
        _files.Add(file);
        var table = ElfSymbolTable.TryOpen(file, slide, module, out why, section);
        if (why is not null)
            Notes.Add($"{path}: {why}");
        return table;
    }

    private static IEnumerable<string> FilesIn(string folder) =>
        Directory.EnumerateFiles(folder, "*.ko*", SearchOption.AllDirectories)
        .Where(file => file.EndsWith(".ko", StringComparison.Ordinal) || file.EndsWith(".ko.debug", StringComparison.Ordinal));

    private static string ModuleName(string path) => Path.GetFileName(path).Split('.')[0].Replace('-', '_');

    private static ulong Hex(Group group) =>
        ulong.TryParse(group.ValueSpan, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value) ? value : 0;

    [GeneratedRegex(@"^Kernel Offset: 0x(?<o>[0-9a-f]{1,16}) from 0x(?<t>[0-9a-f]{1,16})", RegexOptions.CultureInvariant)]
    private static partial Regex Offset();

    // /proc/modules: name, bytes, users, who uses it, state, address.
    [GeneratedRegex(
        @"^(?<n>\w+) (?<s>\d+) \d+ \S+,? (?:Live|Loading|Unloading) 0x(?<a>[0-9a-f]{8,16})", RegexOptions.CultureInvariant)]
    private static partial Regex Loaded();
}
