using Panicle.Symbols.Orc;

namespace Panicle.Kernel.Unwind;

/// <summary>The kernel's own ORC tables, and the layout in which those of its modules are, too.</summary>
public sealed class OrcTables
{
    private readonly KernelDump _kernel;
    private readonly OrcLayout? _layout;

    private OrcTables(KernelDump kernel, IOrcTable? table, OrcLayout? layout, string? whyNone)
    {
        _kernel = kernel;
        _layout = layout;
        Kernel = table;
        WhyNone = whyNone;
    }

    /// <summary>The rules for the kernel image; null if it has none or they can't be read.</summary>
    public IOrcTable? Kernel { get; }

    /// <summary>Why there are no rules for the kernel image, as a clause; null if there are.</summary>
    public string? WhyNone { get; }

    /// <summary>Opens a module's tables; null if they can't be.</summary>
    /// <param name="addresses">Its <c>.orc_unwind_ip</c>.</param>
    /// <param name="rules">Its <c>.orc_unwind</c>.</param>
    public IOrcTable? Open(AddressRange addresses, AddressRange rules) =>
        _layout is { } layout ? OrcTable.TryOpen(_kernel.Memory, addresses, rules, layout, out _) : null;

    internal static OrcTables Load(KernelDump kernel)
    {
        if (Range(kernel, "orc_unwind_ip") is not { } addresses || Range(kernel, "orc_unwind") is not { } rules)
            return new OrcTables(kernel, null, null, "this kernel was built without the ORC unwinder");
        if (OrcLayoutDetector.Detect(kernel.Memory, rules, out var why) is not { } layout)
            return new OrcTables(kernel, null, null, $"the layout of the ORC tables is not known: {why}");
        var table = OrcTable.TryOpen(kernel.Memory, addresses, rules, layout, out why);
        return new OrcTables(kernel, table, layout, why);
    }

    private static AddressRange? Range(KernelDump kernel, string section) =>
        kernel.TrySymbolAddress($"__start_{section}", out var start) && kernel.TrySymbolAddress($"__stop_{section}", out var end)
            && end > start
            ? new AddressRange(start, end)
            : null;
}
