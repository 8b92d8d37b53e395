using System.Text;

namespace Panicle.Symbols.Dwarf;

/// <summary>
/// Parameters and local variables of the functions in a frame, inlined ones included, with their values as far as the frame's
/// registers and memory still have them. Thread-safe.
/// </summary>
public sealed class DwarfLocals
{
    // A function's entries; the largest in the kernel has some ten thousand.
    private const int MostEntries = 1_000_000;

    private readonly DwarfTypes _types;
    private readonly Func<ulong, ulong> _toMemory;
    private readonly FunctionMap _functions;

    /// <summary>Prepares to read variables; their descriptions are read when they are asked for.</summary>
    /// <param name="types">The types, of the same file.</param>
    /// <param name="toMemory">From an address in the file to where that was loaded; null where they are the same.</param>
    public DwarfLocals(DwarfTypes types, Func<ulong, ulong>? toMemory = null)
    {
        _types = types;
        _toMemory = toMemory ?? (static address => address);
        _functions = new FunctionMap(types.File);
    }

    /// <summary>
    /// The functions at an address, the innermost inlined one first, with their variables;
    /// none where the debug information has no function.
    /// </summary>
    /// <param name="address">The instruction, as the file has it; for a caller the one before its return address.</param>
    /// <param name="frame">What is known of the frame.</param>
    public IReadOnlyList<FunctionLocals> Find(ulong address, IFrameState frame)
    {
        var scopes = new List<Scope>();
        string? problem = null;
        try
        {
            if (_functions.Find(address) is not { } function)
                return [];
            Collect(function, address, scopes);
            foreach (var scope in scopes)
                AddStatics(scope);
        }
        catch (DwarfException damage)
        {
            problem = damage.Message;
        }
        if (scopes.Count == 0)
            return [];
        var reader = new LocalReader(_types, frame, _toMemory, address, FrameBaseOf(scopes[0].Function, address));
        var functions = new List<FunctionLocals>(scopes.Count);
        foreach (var scope in scopes)
        {
            var variables = new List<LocalVariable>();
            foreach (var (die, isParameter) in scope.Variables)
                if (reader.Read(die, isParameter) is { } variable)
                    variables.Add(variable);
            functions.Insert(0, new FunctionLocals(NameOf(scope.Function), functions.Count > 0, variables, problem));
        }
        return functions;
    }

    /// <summary>
    /// The name of the function that has the code at an address, not of one that was inlined there; empty if unknown.
    /// </summary>
    public string FunctionAt(ulong address)
    {
        try
        {
            return _functions.Find(address) is { } function ? NameOf(function) : "";
        }
        catch (DwarfException)
        {
            return "";
        }
    }

    /// <summary>
    /// The value that a register had when a function was entered, as its caller's description of the call tells
    /// (DW_TAG_call_site); null if it doesn't.
    /// </summary>
    /// <param name="callee">The function that was called.</param>
    /// <param name="returnAddress">Where it returns to, as the file has it.</param>
    /// <param name="caller">What is known of the caller's frame.</param>
    /// <param name="register">The register, by DWARF's number.</param>
    public ulong? EntryRegister(string callee, ulong returnAddress, IFrameState caller, int register)
    {
        try
        {
            if (_functions.Find(returnAddress - 1) is not { } function)
                return null;
            if (CallSites.Find(function, returnAddress, callee) is not { } site
                || CallSites.ValueOf(site, register) is not { } value)
                return null;
            return DwarfExpression.Compute(
                ExpressionBlock.Of(value), value.Unit, caller, _toMemory, FrameBaseOf(function, returnAddress - 1), nesting: 1);
        }
        catch (Exception e) when (e is DwarfException or LostException)
        {
            return null;
        }
    }

    /// <summary>Collects the function, what is inlined at the address, and their variables: outermost first.</summary>
    private static void Collect(DieReference function, ulong address, List<Scope> scopes)
    {
        var die = function.Open();
        scopes.Add(new Scope(function, []));
        // The scope that each depth of the walk is in.
        var enclosing = new List<Scope> { scopes[0] };
        var ranges = new List<CodeRange>();
        for (var count = 0; count < MostEntries && die.Read() && die.Depth >= 1; count++)
        {
            var scope = enclosing[Math.Min(die.Depth, enclosing.Count) - 1];
            switch (die.Tag)
            {
                case DwarfTag.FormalParameter or DwarfTag.Variable:
                    scope.Variables.Add((die.Reference, die.Tag == DwarfTag.FormalParameter));
                    die.SkipChildren();
                    break;
                case DwarfTag.LexicalBlock or DwarfTag.InlinedSubroutine when Covers(in die, address, ranges):
                    if (die.Tag == DwarfTag.InlinedSubroutine)
                        scopes.Add(scope = new Scope(die.Reference, []));
                    enclosing.RemoveRange(die.Depth, enclosing.Count - die.Depth);
                    enclosing.Add(scope);
                    break;
                default:
                    die.SkipChildren();
                    break;
            }
        }
    }

    /// <summary>Static variables stand once, in the abstract function that copies and inlined calls are instances of.</summary>
    private static void AddStatics(Scope scope)
    {
        if (scope.Function.Open().Get(DwarfAttribute.AbstractOrigin) is not { Exists: true } origin)
            return;
        var die = origin.Reference.Open();
        for (var count = 0; count < MostEntries && die.Read() && die.Depth >= 1; count++)
        {
            if (die.Tag == DwarfTag.Variable && StaticLocation.Of(die.Get(DwarfAttribute.Location)) is not null)
                scope.Variables.Add((die.Reference, false));
            if (die.Tag != DwarfTag.LexicalBlock)
                die.SkipChildren();
        }
    }

    private static bool Covers(scoped in DieCursor die, ulong address, List<CodeRange> ranges)
    {
        ranges.Clear();
        RangeLists.Add(
            die.Unit, die.Get(DwarfAttribute.LowPc), die.Get(DwarfAttribute.HighPc), die.Get(DwarfAttribute.Ranges), ranges);
        foreach (var range in ranges)
            if (range.Contains(address))
                return true;
        return false;
    }

    private static ExpressionBlock? FrameBaseOf(DieReference function, ulong address)
    {
        try
        {
            return LocationList.Find(function.Open().Get(DwarfAttribute.FrameBase), address);
        }
        catch (DwarfException)
        {
            return null; // Variables that need it say so.
        }
    }

    private static string NameOf(DieReference function)
    {
        try
        {
            return Encoding.UTF8.GetString(DieNames.NameOf(function));
        }
        catch (DwarfException)
        {
            return "";
        }
    }

    private sealed record Scope(DieReference Function, List<(DieReference Die, bool IsParameter)> Variables);
}
