using System.Security.Cryptography;
using System.Text;

namespace Panicle.Lab;

/// <summary>Short hashes that say what a thing was made from.</summary>
internal static class Key
{
    /// <summary>Ten hex digits for a list of texts; order counts.</summary>
    public static string Of(params IEnumerable<string> parts) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\0', parts))))[..10];
}
