using Panicle.Kernel;
using Panicle.Kernel.Values;

namespace Panicle.Kdump.Save.Scrub;

/// <summary>
/// The contexts of the kernel's ciphers and hashes, where their keys are (<c>struct crypto_tfm</c>, include/linux/crypto.h). No
/// list has them: they are the objects of the general slab caches that point, where a crypto_tfm does, to an algorithm of
/// <c>crypto_alg_list</c>.
/// </summary>
internal static class CryptoSecrets
{
    /// <summary>
    /// A crypto_tfm begins within so many bytes of its object: what is before it is its front end's (struct crypto_skcipher…).
    /// </summary>
    private const int MostFrontEnd = 256;

    public static IEnumerable<SecretRange> Find(KernelDump kernel, Losses losses)
    {
        if (!kernel.TrySymbolAddress("crypto_alg_list", out var list))
            yield break;
        var algorithms = KernelLists.Entries(kernel.Context, list, "struct crypto_alg", "cra_list", losses)
            .ToDictionary(algorithm => algorithm.Address, algorithm => algorithm["cra_name"].ToText());
        var layout = new StructLayout(kernel.Types, "struct crypto_tfm");
        var (algorithmAt, contextAt) = (layout.Offset("__crt_alg"), layout.Offset("__crt_ctx"));
        var words = kernel.Memory.Words;
        var start = new byte[MostFrontEnd];
        foreach (var (address, cache) in SlabObject.Allocated(
            kernel, name => name.StartsWith("kmalloc", StringComparison.Ordinal), losses))
        {
            var bytes = start.AsSpan(0, (int)Math.Min(cache.ObjectSize, MostFrontEnd));
            if (!kernel.Memory.TryRead(address, bytes, out _))
                continue;
            for (var at = algorithmAt; at + words.Size <= bytes.Length; at += words.Size)
            {
                if (!algorithms.TryGetValue(words.ReadWord(bytes[at..]), out var name))
                    continue;
                var context = (ulong)(at - algorithmAt + contextAt);
                if (context < cache.ObjectSize)
                    yield return new SecretRange(address + context, cache.ObjectSize - context, $"context of {name}");
                break;
            }
        }
    }
}
