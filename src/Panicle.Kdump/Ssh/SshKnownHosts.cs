using System.Security.Cryptography;
using System.Text;
using Panicle.Kdump.Initramfs;

namespace Panicle.Kdump.Ssh;

/// <summary>The lines of ssh's files of known hosts (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT) that are about one server.</summary>
internal static class SshKnownHosts
{
    private const string Authority = "@cert-authority";
    private const string Revoked = "@revoked";

    /// <summary>The lines of these files that a server's names match, as they stand there.</summary>
    public static IReadOnlyList<string> LinesFor(SystemRoot root, IEnumerable<string> files, IReadOnlyList<string> names) =>
        [.. files.SelectMany(root.ReadLines).Select(line => line.Trim()).Where(line =>
            Parse(line) is { } entry && names.Any(name => Matches(entry.Hosts, name))).Distinct()];

    /// <summary>Whether a server that shows one of these keys is taken for the right one.</summary>
    public static bool Vouch(IReadOnlyList<string> lines)
    {
        var entries = lines.Select(Parse).OfType<Entry>().ToList();
        var revoked = entries.Where(entry => entry.Marker == Revoked).Select(entry => entry.Key).ToHashSet();
        return entries.Exists(entry => entry.Marker is "" or Authority && !revoked.Contains(entry.Key));
    }

    private static Entry? Parse(string line)
    {
        if (line.Length == 0 || line[0] == '#')
            return null;
        var words = line.Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
        var marker = words[0].StartsWith('@') ? words[0] : "";
        if (marker.Length > 0)
            words = words[1..];
        return words.Length >= 3 && marker is "" or Authority or Revoked && IsKey(words[1], words[2])
            ? new Entry(marker, words[0], $"{words[1]} {words[2]}")
            : null;
    }

    // A key is base64 of strings with their lengths in front, the first of which is its type.
    private static bool IsKey(string type, string key)
    {
        var bytes = new byte[key.Length];
        return Convert.TryFromBase64String(key, bytes, out var length) && length > 4
            && bytes.AsSpan(4, length - 4).StartsWith(Encoding.ASCII.GetBytes(type));
    }

    private static bool Matches(string hosts, string name)
    {
        name = name.ToLowerInvariant();
        // |1|SALT|HASH: HMAC-SHA1 of one name.
        if (hosts.StartsWith("|1|", StringComparison.Ordinal))
            return hosts.Split('|') is [_, _, var salt, var hash] && FromBase64(salt) is { } key && FromBase64(hash) is { } wanted
                && CryptographicOperations.FixedTimeEquals(Hash(key, name), wanted);
        var isMatched = false;
        foreach (var pattern in hosts.ToLowerInvariant().Split(','))
        {
            var isNot = pattern.StartsWith('!');
            if (!Wildcards.Match(isNot ? pattern.AsSpan(1) : pattern, name, hasSets: false))
                continue;
            if (isNot)
                return false;
            isMatched = true;
        }
        return isMatched;
    }

#pragma warning disable CA5350 // What hides names in these files is SHA-1, whatever is thought of it.
    private static byte[] Hash(byte[] key, string name) => HMACSHA1.HashData(key, Encoding.UTF8.GetBytes(name));
#pragma warning restore CA5350

    private static byte[]? FromBase64(string text)
    {
        var bytes = new byte[text.Length];
        return Convert.TryFromBase64String(text, bytes, out var length) ? bytes[..length] : null;
    }

    private sealed record Entry(string Marker, string Hosts, string Key);
}
