using Panicle.Kernel;
using Panicle.Kernel.Values;
using Panicle.Symbols;

namespace Panicle.Kdump.Save.Scrub;

/// <summary>The payloads of the keys in the kernel's keyrings (<c>key_serial_tree</c>, security/keys).</summary>
internal static class KeySecrets
{
    // Keyrings hold keys, which come by themselves; the others hold public keys, hashes and addresses.
    private static readonly string[] Public =
    [
        "keyring", "asymmetric", "blacklist", "dns_resolver", ".request_key_auth", "id_resolver",
    ];

    public static IEnumerable<SecretRange> Find(KernelDump kernel, Losses losses)
    {
        if (!kernel.TrySymbolAddress("key_serial_tree", out var root))
            yield break; // CONFIG_KEYS is off.
        foreach (var key in RedBlackTrees.Entries(kernel.Context, root, "struct key", "serial_node", losses))
        {
            var type = key[key.Has("index_key.type") ? "index_key.type" : "type"]["name"].ToText();
            var payload = key["payload.data"][0].ToUInt64();
            if (payload == 0 || Public.Contains(type))
                continue;
            if (type is "user" or "logon" && kernel.Types.Parse("struct user_key_payload")?.OffsetOf("data") is { } offset)
                yield return new SecretRange(payload + offset, key["datalen"].ToUInt64(), $"key {type}");
            else if (SlabObject.At(kernel, payload) is { } whole)
                yield return whole with { What = $"key {type}" };
        }
    }
}
