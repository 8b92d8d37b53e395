using System.Globalization;

namespace Panicle.Kdump.Configuration;

/// <summary>What a command line of makedumpfile asks for, in Panicle's keys.</summary>
internal static class CollectorOptions
{
    private const string WithValue = "dxigPbW";

    /// <summary>The keys that the options set, and the options that mean nothing here.</summary>
    public static (IReadOnlyList<(string Key, string Value)> Settings, IReadOnlyList<string> Unknown) Read(string commandLine)
    {
        var settings = new List<(string, string)>();
        var unknown = new List<string>();
        var words = new Queue<string>(commandLine.Split((char[])[' ', '\t', '\n'], StringSplitOptions.RemoveEmptyEntries));
        while (words.TryDequeue(out var word))
        {
            if (word.StartsWith("--", StringComparison.Ordinal))
                ReadLong(word, words, unknown);
            else if (word.StartsWith('-'))
                ReadLetters(word[1..], words, settings, unknown);
            else
                unknown.Add(word);
        }
        return (settings, unknown);
    }

    private static void ReadLong(string word, Queue<string> words, List<string> unknown)
    {
        var sign = word.IndexOf('=', StringComparison.Ordinal);
        var name = sign < 0 ? word : word[..sign];
        if (name is "--message-level" or "--num-threads" or "--cyclic-buffer" or "--splitblock-size" or "--work-dir")
        {
            if (sign < 0)
                words.TryDequeue(out _); // What Panicle decides by itself.
        }
        else if (name is not "--non-cyclic" and not "--non-mmap" and not "--show-stats")
        {
            unknown.Add(word);
            if (sign < 0 && words.TryPeek(out var value) && !value.StartsWith('-'))
                words.Dequeue();
        }
    }

    private static void ReadLetters(string letters, Queue<string> words, List<(string, string)> settings, List<string> unknown)
    {
        for (var i = 0; i < letters.Length; i++)
        {
            var letter = letters[i];
            string? value = null;
            if (WithValue.Contains(letter, StringComparison.Ordinal))
            {
                value = i + 1 < letters.Length ? letters[(i + 1)..] : words.TryDequeue(out var next) ? next : "";
                i = letters.Length;
            }
            switch (letter)
            {
                case 'd':
                    // The largest of several levels: makedumpfile tries each in turn until the dump fits.
                    var levels = value!.Split(',').Select(level => int.TryParse(
                        level, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : -1).ToList();
                    if (value.Length == 0)
                        unknown.Add("-d without a level");
                    else
                    {
                        settings.Add(("level", levels.Contains(-1) ? value : $"{levels.Max()}"));
                        if (levels.Count > 1 && !levels.Contains(-1))
                            unknown.Add($"-d {value}, several levels to be tried in turn,");
                    }
                    break;
                case 'c':
                    settings.Add(("compress", "zlib"));
                    break;
                case 'l':
                    settings.Add(("compress", "lzo"));
                    break;
                case 'p':
                    settings.Add(("compress", "snappy"));
                    break;
                case 'z':
                    settings.Add(("compress", "zstd"));
                    break;
                case 'E':
                    settings.Add(("format", "elf"));
                    break;
                case 'F':
                    settings.Add(("format", "flattened"));
                    break;
                case 'f' or 'D':
                    break;
                default:
                    unknown.Add($"-{letter}");
                    break;
            }
        }
    }
}
