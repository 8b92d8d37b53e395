using Panicle.Kernel.Module;
using Panicle.Symbols;
using Panicle.Symbols.Dwarf;

namespace Panicle.Kernel.DebugInfo;

/// <summary>The debug information of the kernel or of a module, with addresses as they are in the dump. Thread-safe.</summary>
public sealed class BinaryDebugInfo : IDisposable
{
    private readonly AddressMap _map;

    private BinaryDebugInfo(DwarfFile file, string name, AddressMap map, DwarfRegisters registers, string? cache)
    {
        File = file;
        Name = name;
        _map = map;
        Types = new DwarfTypes(file, name, map.ToMemory, cache);
        Frames = new DwarfFrames(file, registers, map.ToMemory);
        Locals = new DwarfLocals(Types, map.ToMemory);
        Macros = new DwarfMacros(file);
        Lines = DebugBinary.Of(file);
    }

    /// <summary>The file with the debug information, which may be separate from the binary.</summary>
    public DwarfFile File { get; }

    /// <summary><c>vmlinux</c>, or the module's name with underscores.</summary>
    public string Name { get; }

    /// <summary>Its types, and its variables with their addresses in the dump.</summary>
    public DwarfTypes Types { get; }

    /// <summary>Its call-frame information; addresses are the file's.</summary>
    public DwarfFrames Frames { get; }

    /// <summary>Variables of its functions; addresses are the file's.</summary>
    public DwarfLocals Locals { get; }

    /// <summary>Its macros, if it was compiled with them.</summary>
    public DwarfMacros Macros { get; }

    /// <summary>Its source lines and inlined functions; addresses are the file's.</summary>
    public DebugBinary Lines { get; }

    /// <summary>The address in the file of what lies at one in the dump; null if none of the binary does.</summary>
    public ulong? ToFile(ulong address) => _map.ToFile(address);

    /// <inheritdoc/>
    public void Dispose() => File.Dispose();

    /// <exception cref="KernelReadException">
    /// It can't be read, has no debug information, or nothing tells where it was loaded.
    /// </exception>
    internal static BinaryDebugInfo Open(string path, KernelDump kernel, KernelModule? module, string? cache)
    {
        var file = DwarfFile.TryOpen(path, kernel.Limits, out var why, cache) ?? throw new KernelReadException($"{path}: {why}");
        try
        {
            if (!file.HasInfo)
                throw new KernelReadException($"{path} has no debug information");
            var registers = kernel.Architecture.Processor.Registers.Dwarf;
            return new BinaryDebugInfo(
                file, module?.Name ?? KernelBinary.Vmlinux, MapOf(path, file, kernel, module), registers, cache);
        }
        catch (KernelReadException)
        {
            file.Dispose();
            throw;
        }
    }

    private static AddressMap MapOf(string path, DwarfFile file, KernelDump kernel, KernelModule? module)
    {
        var losses = new Losses();
        var map = losses.Try($"where {path} was loaded can't be told", () => AddressMap.Of(file.Elf, kernel, module));
        return map ?? throw new KernelReadException(
            losses.FirstOrDefault()?.ToString() ?? $"{path} has no symbol by which to tell where it was loaded");
    }
}
