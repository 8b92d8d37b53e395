using Panicle.Kernel.Values;
using Panicle.Symbols;

namespace Panicle.Kernel.Expressions;

/// <summary>What a name in an expression stands for.</summary>
internal sealed class SymbolValues(ExpressionScope scope)
{
    // Macros stand for macros; the kernel's go some ten deep.
    private const int MostMacros = 32;

    private readonly KernelDump _kernel = scope.Kernel;

    public KernelValue Find(string name)
    {
        if (name[0] == '$')
            return Register(name[1..]);
        if (scope.Local(name) is { } local)
            return local;
        if (name == "current")
            return Current();
        if (name is "NULL" or "true" or "false")
            return KernelValue.Number(_kernel.Context, Type("int"), name == "true" ? 1u : 0u);
        if (GlobalTypes.TryFind(_kernel, name, out var symbol))
            return Variable(symbol);
        if (_kernel.NamedTypes.FindEnumerator(name) is { } number)
            return KernelValue.Number(
                _kernel.Context, Type("int") is var type && (int)number == number ? type : Type("long"), (ulong)number);
        if (Macro(name) is { } macro)
            return macro;
        throw new KernelReadException($"there is no symbol or enumerator {name}");
    }

    /// <summary>What a macro stands for, where debug information has macros; null if it has none of the name.</summary>
    private KernelValue? Macro(string name)
    {
        foreach (var binary in _kernel.DebugInfo?.All ?? [])
        {
            if (binary.Macros.Find(name) is not { } text)
                continue;
            if (scope.MacroDepth == MostMacros)
                throw new KernelReadException($"the macro {name} doesn't end");
            return ExpressionEvaluator.Evaluate(text, scope with { MacroDepth = scope.MacroDepth + 1 });
        }
        return null;
    }

    /// <summary>A variable that a source file defines, as debug information has it. Of the file's path the end will do.</summary>
    public KernelValue FindInFile(string file, string name)
    {
        if (_kernel.DebugInfo is not { } info)
            throw new KernelReadException("which file a variable is from needs debug information");
        var others = new List<string>();
        foreach (var binary in info.All)
            foreach (var variable in binary.Types.FindVariables(name))
            {
                if (IsEndOf(file, variable.File))
                    return At(variable.Address, variable.Type);
                others.Add(variable.File);
            }
        throw new KernelReadException(others.Count > 0
            ? $"{file} defines no variable {name}; {string.Join(", ", others.Distinct().Take(8))} does"
            : $"no debug information has a variable {name}");
    }

    private static bool IsEndOf(string end, string path) =>
        path.EndsWith(end, StringComparison.Ordinal)
            && (path.Length == end.Length || end.StartsWith('/') || path[^(end.Length + 1)] == '/');

    private KernelValue Current()
    {
        var task = scope.CurrentTask ?? throw new KernelReadException("there is no current task");
        return KernelValue.Number(_kernel.Context, TypeCatalog.PointerTo(task.Value.Type), task.Address);
    }

    private KernelValue Register(string name)
    {
        var registers = scope.Registers()
            ?? throw new KernelReadException("no registers are known of the current task");
        var value = name switch
        {
            "pc" or "ip" => registers.InstructionPointer,
            "sp" => registers.StackPointer,
            "fp" => registers.FramePointer,
            _ => registers[name] ?? throw new KernelReadException(
                $"there is no register ${name}; there are "
                    + $"{string.Join(' ', registers.Named.Select(register => "$" + register.Name))}"),
        };
        // As in gdb, those that hold addresses are pointers, so that they show what lies there.
        var isAddress = value == registers.InstructionPointer || value == registers.StackPointer;
        return KernelValue.Number(_kernel.Context, Type(isAddress ? "void *" : "unsigned long"), value);
    }

    private KernelValue Variable(Symbol symbol)
    {
        var type = GlobalTypes.Of(_kernel, symbol);
        if (type is null)
        {
            type = Type("unsigned long");
            scope.Note(
                $"the kernel keeps no type for {symbol.Name}; it is taken as unsigned long. "
                    + $"Cast it: *(struct foo *)&{symbol.Name}");
        }
        return At(symbol.Address, type);
    }

    private KernelValue At(ulong address, KernelType type)
    {
        if (_kernel.Cpus.IsPerCpu(address))
            address += _kernel.Cpus.OffsetOf(scope.Cpu ?? scope.CurrentTask?.Cpu ?? 0);
        return KernelValue.At(_kernel.Context, type, address);
    }

    private KernelType Type(string name) =>
        _kernel.Types.Required(name);
}
