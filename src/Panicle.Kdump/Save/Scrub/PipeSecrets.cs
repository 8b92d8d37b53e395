using Panicle.Kernel;
using Panicle.Kernel.Fs;

namespace Panicle.Kdump.Save.Scrub;

/// <summary>
/// What was written to pipes and not read yet (<c>struct pipe_inode_info</c>), of the pipes that a task has open.
/// </summary>
internal static class PipeSecrets
{
    private const int MostBuffers = 1 << 16;

    public static IEnumerable<SecretRange> Find(KernelDump kernel, Losses losses)
    {
        var files = kernel.Fs.Files;
        var seen = new HashSet<ulong>();
        foreach (var task in kernel.Tasks.All)
        {
            foreach (var file in losses.Try("open files of task", task.Address, () => files.Of(task).ToList()) ?? [])
            {
                if (file is { Type: FileType.Fifo, Inode: { } inode } && seen.Add(inode))
                    foreach (var range in InPipe(kernel, inode))
                        yield return range;
            }
        }
    }

    /// <summary>All buffers of the ring, the ones that were read already too: their pages may still be theirs.</summary>
    private static List<SecretRange> InPipe(KernelDump kernel, ulong inode)
    {
        var ranges = new List<SecretRange>();
        if (kernel.At(inode, "struct inode")["i_pipe"].ToUInt64() is not (not 0 and var pipe))
            return ranges;
        var info = kernel.At(pipe, "struct pipe_inode_info");
        var buffers = info["bufs"];
        var count = Math.Min(info["ring_size"].ToUInt64(), MostBuffers);
        for (long i = 0; i < (long)count; i++)
        {
            if (kernel.Mm.Pages.TryFrameOf(buffers[i]["page"].ToUInt64(), out var frame))
                ranges.Add(new SecretRange(kernel.Mm.VirtualOf(frame << kernel.PageShift), kernel.PageSize, "pipe buffer"));
        }
        return ranges;
    }
}
