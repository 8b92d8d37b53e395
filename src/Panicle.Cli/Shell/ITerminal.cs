namespace Panicle.Cli;

/// <summary>What line editing needs of a terminal.</summary>
internal interface ITerminal
{
    int Width { get; }

    int Height { get; }

    /// <summary>Waits for a key, Ctrl-C among them.</summary>
    ConsoleKeyInfo ReadKey();

    /// <summary>Writes text and control sequences (ECMA-48, which every terminal of today knows).</summary>
    void Write(string text);
}

/// <summary>The process's own terminal.</summary>
internal sealed class ConsoleTerminal : ITerminal
{
    /// <inheritdoc/>
    public int Width => Math.Max(20, Console.WindowWidth);

    /// <inheritdoc/>
    public int Height => Math.Max(5, Console.WindowHeight);

    /// <inheritdoc/>
    public ConsoleKeyInfo ReadKey()
    {
        Console.TreatControlCAsInput = true;
        try
        {
            return Console.ReadKey(intercept: true);
        }
        finally
        {
            Console.TreatControlCAsInput = false;
        }
    }

    /// <inheritdoc/>
    public void Write(string text)
    {
        Console.Out.Write(text);
        Console.Out.Flush();
    }
}
