using System.Globalization;
using System.Text;
using Panicle.Dumps;
using Panicle.Dumps.Writing;
using Panicle.Kernel;

namespace Panicle.Kdump.Save.Scrub;

/// <summary>
/// Overwrites, on their way into a dump, what a dump's readers have no business with: keys, the state of ciphers, data in sockets
/// and pipes, arguments and environments. What was overwritten is listed in the dump (its "eraseinfo").
/// </summary>
internal sealed class Scrubber
{
    /// <summary>What stands there afterwards, as makedumpfile has it.</summary>
    private const byte Filler = (byte)'X';

    private const int MostPages = 1 << 20;

    private static readonly (string What, Func<KernelDump, Losses, IEnumerable<SecretRange>> Find)[] Sources =
    [
        ("keys", KeySecrets.Find),
        ("contexts of ciphers", CryptoSecrets.Find),
        ("socket buffers", SocketSecrets.Find),
        ("pipes", PipeSecrets.Find),
        ("arguments and environments", ArgumentSecrets.Find),
    ];

    private readonly Dictionary<ulong, List<(int Start, int Length)>> _pages = [];
    private readonly SortedDictionary<string, (int Places, ulong Bytes)> _counts = new(StringComparer.Ordinal);
    private readonly PageSet _kept;
    private readonly StringBuilder _list = new();
    private readonly List<string> _notes = [];

    /// <summary>Finds what is to be overwritten.</summary>
    /// <param name="kernel">The kernel.</param>
    /// <param name="kept">The frames whose pages are written; what lies in others needs no overwriting.</param>
    /// <param name="cancellation">Stops it.</param>
    public Scrubber(KernelDump kernel, PageSet kept, CancellationToken cancellation)
    {
        _kept = kept;
        foreach (var (what, find) in Sources)
        {
            var losses = new Losses(cancellation);
            try
            {
                foreach (var range in find(kernel, losses))
                {
                    cancellation.ThrowIfCancellationRequested();
                    Add(kernel, range);
                }
            }
            catch (Exception failure) when (failure is KernelReadException or DumpException)
            {
                losses.Add(failure.Message);
            }
            foreach (var loss in losses.Take(3))
                _notes.Add($"not all {what} could be found and overwritten: {loss}");
        }
        foreach (var (what, (places, bytes)) in _counts)
            _notes.Add($"overwritten: {what}, {places} places, {bytes} bytes");
    }

    /// <summary>The list for the dump: a line <c>erase NAME ADDRESS SIZE</c> for each place.</summary>
    public string EraseInfo => _list.ToString();

    /// <summary>What was found, and what could not be, each a sentence.</summary>
    public IReadOnlyList<string> Notes => _notes;

    /// <summary>Overwrites what of a page is to be.</summary>
    public void Edit(ulong frame, Span<byte> page)
    {
        if (!_pages.TryGetValue(frame, out var places))
            return;
        foreach (var (start, length) in places)
            page.Slice(start, length).Fill(Filler);
    }

    private void Add(KernelDump kernel, SecretRange range)
    {
        var done = false;
        for (var at = range.Address; at < range.Address + range.Length && _pages.Count < MostPages;)
        {
            var within = at & (kernel.PageSize - 1);
            var length = Math.Min(kernel.PageSize - within, range.Address + range.Length - at);
            if (kernel.Memory.TryPhysical(at, out var physical) && _kept.Contains(physical >> kernel.PageShift))
            {
                ref var places = ref System.Runtime.InteropServices.CollectionsMarshal.GetValueRefOrAddDefault(
                    _pages, physical >> kernel.PageShift, out _);
                (places ??= []).Add(((int)within, (int)length));
                done = true;
            }
            at += length;
        }
        if (!done)
            return;
        var (count, bytes) = _counts.GetValueOrDefault(range.What);
        _counts[range.What] = (count + 1, bytes + range.Length);
        _list.Append(CultureInfo.InvariantCulture, $"erase {range.What.Replace(' ', '_')} 0x{range.Address:x} {range.Length}\n");
    }
}
