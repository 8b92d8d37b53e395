using System.Text;

namespace Panicle.Cli;

/// <summary>
/// Edits one line on a terminal with the keys that readline has taught everyone: arrows, Home, End, Ctrl-A/E/B/F/K/U/W/Y/L,
/// Alt-B/F/D, history with the arrows and Ctrl-P/N, search in it with Ctrl-R, completion with Tab.
/// </summary>
internal sealed class LineEditor(ITerminal terminal, History history, Completer completer)
{
    private readonly StringBuilder _text = new();
    private string _prompt = "";
    private string _killed = "";
    private string _draft = "";
    private int _cursor;
    private int _row;
    private int _historyIndex;
    private bool _listed;

    /// <summary>What reading a line ended with.</summary>
    internal enum Ending
    {
        /// <summary>Enter: there is a line.</summary>
        Line,

        /// <summary>Ctrl-C: the line is dropped.</summary>
        Dropped,

        /// <summary>Ctrl-D on an empty line: no more input.</summary>
        End,
    }

    /// <summary>Reads a line; "" unless it ended with Enter.</summary>
    public (Ending Ending, string Line) Read(string prompt)
    {
        _prompt = prompt;
        _text.Clear();
        _cursor = _row = 0;
        _historyIndex = history.Lines.Count;
        _draft = "";
        Draw();
        while (true)
        {
            var key = terminal.ReadKey();
            if (key is { Key: ConsoleKey.R, Modifiers: ConsoleModifiers.Control })
                key = SearchHistory();
            if (Finish(key) is { } ending)
                return ending;
            Edit(key);
        }
    }

    private (Ending, string)? Finish(ConsoleKeyInfo key)
    {
        var control = key.Modifiers.HasFlag(ConsoleModifiers.Control);
        if (key.Key == ConsoleKey.Enter || key.KeyChar is '\n' or '\r')
            return Leave(Ending.Line, _text.ToString());
        if (control && key.Key == ConsoleKey.C)
            return Leave(Ending.Dropped, "", "^C");
        if (control && key.Key == ConsoleKey.D && _text.Length == 0)
            return Leave(Ending.End, "");
        return null;
    }

    private (Ending, string) Leave(Ending ending, string line, string mark = "")
    {
        _cursor = _text.Length;
        Draw();
        terminal.Write(mark + "\n");
        return (ending, line);
    }

    private void Edit(ConsoleKeyInfo key)
    {
        var listed = _listed;
        _listed = false;
        if (key.Key == ConsoleKey.Tab)
            CompleteWord(listed);
        else if (key.Modifiers.HasFlag(ConsoleModifiers.Control))
            EditControl(key.Key);
        else if (key.Modifiers.HasFlag(ConsoleModifiers.Alt))
            EditAlt(key.Key);
        else if (!EditPlain(key.Key) && !char.IsControl(key.KeyChar))
            Insert(key.KeyChar.ToString());
        Draw();
    }

    private bool EditPlain(ConsoleKey key)
    {
        switch (key)
        {
            case ConsoleKey.LeftArrow: MoveTo(_cursor - 1); return true;
            case ConsoleKey.RightArrow: MoveTo(_cursor + 1); return true;
            case ConsoleKey.Home: MoveTo(0); return true;
            case ConsoleKey.End: MoveTo(_text.Length); return true;
            case ConsoleKey.Backspace: Remove(_cursor - 1, _cursor); return true;
            case ConsoleKey.Delete: Remove(_cursor, _cursor + 1); return true;
            case ConsoleKey.UpArrow: Recall(_historyIndex - 1); return true;
            case ConsoleKey.DownArrow: Recall(_historyIndex + 1); return true;
            default: return false;
        }
    }

    private void EditControl(ConsoleKey key)
    {
        switch (key)
        {
            case ConsoleKey.A: MoveTo(0); break;
            case ConsoleKey.E: MoveTo(_text.Length); break;
            case ConsoleKey.B: MoveTo(_cursor - 1); break;
            case ConsoleKey.F: MoveTo(_cursor + 1); break;
            case ConsoleKey.LeftArrow: MoveTo(WordStart()); break;
            case ConsoleKey.RightArrow: MoveTo(WordEnd()); break;
            case ConsoleKey.H or ConsoleKey.Backspace: Remove(_cursor - 1, _cursor); break;
            case ConsoleKey.D: Remove(_cursor, _cursor + 1); break;
            case ConsoleKey.K: Kill(_cursor, _text.Length); break;
            case ConsoleKey.U: Kill(0, _cursor); break;
            case ConsoleKey.W: Kill(SpaceStart(), _cursor); break;
            case ConsoleKey.Y: Insert(_killed); break;
            case ConsoleKey.P: Recall(_historyIndex - 1); break;
            case ConsoleKey.N: Recall(_historyIndex + 1); break;
            case ConsoleKey.L: ClearScreen(); break;
        }
    }

    private void EditAlt(ConsoleKey key)
    {
        switch (key)
        {
            case ConsoleKey.B: MoveTo(WordStart()); break;
            case ConsoleKey.F: MoveTo(WordEnd()); break;
            case ConsoleKey.D: Kill(_cursor, WordEnd()); break;
            case ConsoleKey.Backspace: Kill(WordStart(), _cursor); break;
        }
    }

    private void MoveTo(int position) => _cursor = Math.Clamp(position, 0, _text.Length);

    private void Insert(string text)
    {
        _text.Insert(_cursor, text);
        _cursor += text.Length;
    }

    private void Remove(int start, int end)
    {
        if (start < 0 || end > _text.Length || start >= end)
            return;
        _text.Remove(start, end - start);
        _cursor = start;
    }

    private void Kill(int start, int end)
    {
        if (start >= end)
            return;
        _killed = _text.ToString(start, end - start);
        Remove(start, end);
    }

    private void Replace(string text)
    {
        _text.Clear().Append(text);
        _cursor = text.Length;
    }

    private int WordStart()
    {
        var i = _cursor;
        while (i > 0 && !char.IsLetterOrDigit(_text[i - 1]))
            i--;
        while (i > 0 && char.IsLetterOrDigit(_text[i - 1]))
            i--;
        return i;
    }

    private int WordEnd()
    {
        var i = _cursor;
        while (i < _text.Length && !char.IsLetterOrDigit(_text[i]))
            i++;
        while (i < _text.Length && char.IsLetterOrDigit(_text[i]))
            i++;
        return i;
    }

    private int SpaceStart()
    {
        var i = _cursor;
        while (i > 0 && _text[i - 1] == ' ')
            i--;
        while (i > 0 && _text[i - 1] != ' ')
            i--;
        return i;
    }

    private void Recall(int index)
    {
        if (index < 0 || index > history.Lines.Count)
            return;
        if (_historyIndex == history.Lines.Count)
            _draft = _text.ToString();
        _historyIndex = index;
        Replace(index == history.Lines.Count ? _draft : history.Lines[index]);
    }

    private void ClearScreen()
    {
        terminal.Write("\e[H\e[2J");
        _row = 0;
    }

    /// <summary>
    /// Ctrl-R: finds lines as the query is typed; again for older ones. Returns the key that ended it, still to be handled.
    /// </summary>
    private ConsoleKeyInfo SearchHistory()
    {
        var (query, index, prompt, before) = ("", history.Lines.Count, _prompt, _text.ToString());
        while (true)
        {
            _prompt = $"(reverse-i-search)`{query}': ";
            Draw();
            var key = terminal.ReadKey();
            var control = key.Modifiers.HasFlag(ConsoleModifiers.Control);
            if (control && key.Key == ConsoleKey.R)
                index = FindInHistory(query, index - 1);
            else if (key.Key == ConsoleKey.Backspace && query.Length > 0)
                index = FindInHistory(query = query[..^1], history.Lines.Count - 1);
            else if (!control && !char.IsControl(key.KeyChar))
                index = FindInHistory(query += key.KeyChar, index);
            else
            {
                _prompt = prompt;
                if (control && key.Key is ConsoleKey.G or ConsoleKey.Escape)
                {
                    Replace(before);
                    key = default;
                }
                return key;
            }
        }
    }

    private int FindInHistory(string query, int from)
    {
        for (var i = Math.Min(from, history.Lines.Count - 1); i >= 0; i--)
        {
            var at = history.Lines[i].IndexOf(query, StringComparison.Ordinal);
            if (at < 0)
                continue;
            Replace(history.Lines[i]);
            MoveTo(at);
            return i;
        }
        terminal.Write("\a");
        return Math.Max(from, 0);
    }

    private void CompleteWord(bool secondTab)
    {
        var completion = completer.Complete(_text.ToString(), _cursor);
        var (start, candidates) = completion;
        if (candidates.Count == 0)
        {
            terminal.Write("\a");
            return;
        }
        var common = completion.Insertion;
        if (common.Length > _cursor - start)
        {
            _text.Remove(start, _cursor - start);
            _cursor = start;
            Insert(common);
        }
        else if (secondTab)
            List(candidates);
        else
            terminal.Write("\a");
        _listed = true;
    }

    private void List(IReadOnlyList<string> candidates)
    {
        var cursor = _cursor;
        MoveTo(_text.Length);
        Draw();
        using var writer = new StringWriter();
        HelpText.WriteNames(candidates, new TextOutput(writer, terminal.Width, CancellationToken.None));
        terminal.Write("\n" + writer);
        _row = 0;
        MoveTo(cursor);
    }

    /// <summary>Draws the prompt and the line from the row where the prompt starts, and puts the cursor in its place.</summary>
    private void Draw()
    {
        var width = terminal.Width;
        var all = _prompt + _text;
        var output = new StringBuilder("\r");
        if (_row > 0)
            output.Append($"\e[{_row}A");
        output.Append("\e[J").Append(all);
        // A terminal wraps only when the next character comes: force it, so that rows are where the arithmetic says.
        if (all.Length > 0 && all.Length % width == 0)
            output.Append('\n');
        var target = _prompt.Length + _cursor;
        var up = all.Length / width - target / width;
        if (up > 0)
            output.Append($"\e[{up}A");
        output.Append('\r');
        if (target % width > 0)
            output.Append($"\e[{target % width}C");
        terminal.Write(output.ToString());
        _row = target / width;
    }
}
