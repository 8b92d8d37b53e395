using Panicle.Kernel;
using Panicle.Kernel.Values;

namespace Panicle.Kdump.Save.Scrub;

/// <summary>
/// The data of every socket buffer (<c>struct sk_buff</c>, include/linux/skbuff.h): what is on its way through sockets of any
/// family. The buffers themselves, and the <c>skb_shared_info</c> at the end of their data, stay.
/// </summary>
internal static class SocketSecrets
{
    private const ulong MostBytes = 1 << 20;

    public static IEnumerable<SecretRange> Find(KernelDump kernel, Losses losses)
    {
        var layout = new StructLayout(kernel.Types, "struct sk_buff");
        var (head, end, size) = (layout.Offset("head"), layout.Offset("end"), (ulong)layout.Size);
        var info = new StructLayout(kernel.Types, "struct skb_shared_info");
        var (count, fragments) = (info.Offset("nr_frags"), info.Offset("frags"));
        foreach (var (start, cache) in SlabObject.Allocated(
            kernel, name => name is "skbuff_head_cache" or "skbuff_fclone_cache", losses))
        {
            for (var buffer = start; buffer + size <= start + cache.ObjectSize; buffer += size)
            {
                // The end is an offset from the head on 64-bit machines.
                if (!kernel.Memory.TryReadWord(buffer + (ulong)head, out var data)
                    || !kernel.Memory.TryReadUInt32(buffer + (ulong)end, out var length))
                    continue;
                if (data == 0 || length == 0 || length > MostBytes)
                    continue;
                yield return new SecretRange(data, length, "socket buffer");
                foreach (var range in Fragments(kernel, data + length, count, fragments))
                    yield return range;
            }
        }
    }

    /// <summary>Pages that a buffer's data goes on in (<c>skb_frag_t</c>: page, length, offset; the names changed).</summary>
    private static IEnumerable<SecretRange> Fragments(KernelDump kernel, ulong info, int countAt, int fragmentsAt)
    {
        var words = (ulong)kernel.Memory.Words.Size;
        const int Most = 45; // MAX_SKB_FRAGS at its largest
        var bytes = new byte[1];
        if (!kernel.Memory.TryRead(info + (ulong)countAt, bytes, out _) || bytes[0] > Most)
            yield break;
        for (var i = 0; i < bytes[0]; i++)
        {
            var fragment = info + (ulong)fragmentsAt + (ulong)i * (words + 8);
            if (!kernel.Memory.TryReadWord(fragment, out var page)
                || !kernel.Memory.TryReadUInt32(fragment + words, out var length)
                || !kernel.Memory.TryReadUInt32(fragment + words + 4, out var offset) || length > MostBytes || offset > MostBytes)
                continue;
            if (kernel.Mm.Pages.TryFrameOf(page & ~1UL, out var frame))
                yield return new SecretRange(kernel.Mm.VirtualOf(frame << kernel.PageShift) + offset, length, "socket buffer");
        }
    }
}
