using Panicle.Kernel.Arch;
using Panicle.Kernel.Values;

namespace Panicle.Cli;

/// <summary>
/// How a result is viewed, which is no part of it: what was typed, the shell's base of numbers,
/// and how the dump's machine keeps words.
/// </summary>
internal sealed class View(ParsedArguments arguments, Session session)
{
    public ParsedArguments Arguments => arguments;

    /// <summary>Whether numbers are hexadecimal: by <c>-x</c>, or by <c>set radix 16</c> unless <c>-d</c> was given.</summary>
    public bool IsHex => IsGiven("-x") || (session.Settings.Radix == 16 && !IsGiven("-d"));

    /// <summary>How the values of C are written: in hexadecimal, or as their types want it.</summary>
    public NumberFormat Numbers => IsHex ? NumberFormat.Hex : NumberFormat.Natural;

    /// <summary>The order and size of the words of the dump's machine, for what shows bytes as words.</summary>
    public WordFormat Words => session.Kernel.Memory.Words;

    /// <summary>The registers of the dump's machine, and how they are shown.</summary>
    public RegisterSet Registers => session.Kernel.Architecture.Processor.Registers;

    /// <summary>Whether the option, which the command declares, was given.</summary>
    public bool Has(string option) => arguments.Has(option);

    // Not every command declares both.
    private bool IsGiven(string option) => arguments.Given.Any(given => given.Name == option);
}
