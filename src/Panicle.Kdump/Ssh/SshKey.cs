using System.Buffers.Binary;
using System.Text;

namespace Panicle.Kdump.Ssh;

/// <summary>A private key's file: whether ssh can use it where nobody is there to type.</summary>
internal static class SshKey
{
    private const string OpenSsh = "-----BEGIN OPENSSH PRIVATE KEY-----";

    /// <summary>What keeps it from being used so, as a clause for a person; null for nothing.</summary>
    public static string? Problem(string text)
    {
        text = text.Trim().ReplaceLineEndings("\n");
        if (text.StartsWith("ssh-", StringComparison.Ordinal) || text.StartsWith("ecdsa-", StringComparison.Ordinal)
            || text.StartsWith("sk-", StringComparison.Ordinal))
            return "is a public key, and the private one is wanted, which has the same name without .pub";
        if (!text.StartsWith("-----BEGIN ", StringComparison.Ordinal)
            || !text.Split('\n')[0].EndsWith("PRIVATE KEY-----", StringComparison.Ordinal))
            return "is no private key";
        const string Passphrase = "has a passphrase, which nobody types in a capture kernel: "
            + "make a key without one (ssh-keygen -t ed25519 -N '' -f FILE), let the server accept it, and set ssh-key to it";
        if (!text.StartsWith(OpenSsh, StringComparison.Ordinal))
            // Of PEM: "BEGIN ENCRYPTED PRIVATE KEY" (PKCS #8), or "Proc-Type: 4,ENCRYPTED".
            return text.Contains("ENCRYPTED", StringComparison.Ordinal) ? Passphrase : null;
        var body = string.Concat(text.Split('\n').Skip(1).TakeWhile(line => !line.StartsWith('-')));
        var bytes = new byte[body.Length];
        if (!Convert.TryFromBase64String(body, bytes, out var length))
            return "is a damaged private key";
        // PROTOCOL.key of OpenSSH: "openssh-key-v1\0", then strings: the cipher, …; then how many keys, and the first public one.
        var rest = bytes.AsSpan(0, length);
        if (!rest.StartsWith("openssh-key-v1\0"u8))
            return "is a damaged private key";
        rest = rest[15..];
        var (cipher, _, _) = (Next(ref rest), Next(ref rest), Next(ref rest));
        if (cipher is null)
            return "is a damaged private key";
        if (cipher != "none")
            return Passphrase;
        rest = rest.Length > 4 ? rest[4..] : [];
        return Next(ref rest) is { } key && key.Contains("sk-", StringComparison.Ordinal)
            ? "wants its token touched, which nobody does in a capture kernel: make a key without one and set ssh-key to it"
            : null;
    }

    private static string? Next(ref Span<byte> rest)
    {
        if (rest.Length < 4 || BinaryPrimitives.ReadUInt32BigEndian(rest) is var length && length > rest.Length - 4)
            return null;
        var text = Encoding.Latin1.GetString(rest.Slice(4, (int)length));
        rest = rest[(4 + (int)length)..];
        return text;
    }
}
