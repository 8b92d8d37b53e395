using System.Text;

namespace Panicle.Cli.Tests.Shell;

/// <summary>A terminal whose keys are given beforehand and whose screen is kept.</summary>
internal sealed class FakeTerminal(int width = 80, int height = 24) : ITerminal
{
    private readonly Queue<ConsoleKeyInfo> _keys = new();

    public StringBuilder Written { get; } = new();

    public int Width => width;

    public int Height => height;

    /// <summary>
    /// Adds keys: text as it is, and names in angle brackets: <c>&lt;Left&gt; &lt;C-a&gt; &lt;M-b&gt; &lt;Tab&gt;</c>.
    /// </summary>
    public FakeTerminal Type(string keys)
    {
        for (var i = 0; i < keys.Length; i++)
        {
            var close = keys[i] == '<' ? keys.IndexOf('>', i) : -1;
            _keys.Enqueue(close < 0 ? Character(keys[i]) : Named(keys[(i + 1)..close]));
            if (close > 0)
                i = close;
        }
        return this;
    }

    public ConsoleKeyInfo ReadKey() => _keys.Count > 0 ? _keys.Dequeue() : throw new InvalidOperationException("no more keys");

    public void Write(string text) => Written.Append(text);

    private static ConsoleKeyInfo Character(char c) =>
        new(c, char.IsAsciiLetter(c) ? Enum.Parse<ConsoleKey>(char.ToUpperInvariant(c).ToString()) : ConsoleKey.None,
            false, false, false);

    private static ConsoleKeyInfo Named(string name) => name switch
    {
        "Enter" => new('\r', ConsoleKey.Enter, false, false, false),
        "Tab" => new('\t', ConsoleKey.Tab, false, false, false),
        "BS" => new('\x7f', ConsoleKey.Backspace, false, false, false),
        "Left" or "Right" or "Up" or "Down" => new('\0', Enum.Parse<ConsoleKey>(name + "Arrow"), false, false, false),
        ['C', '-', var c] => new((char)(c & 0x1f), Enum.Parse<ConsoleKey>(c.ToString().ToUpperInvariant()), false, false, true),
        ['M', '-', var c] => new(c, Enum.Parse<ConsoleKey>(c.ToString().ToUpperInvariant()), false, true, false),
        _ => new('\0', Enum.Parse<ConsoleKey>(name), false, false, false),
    };
}
