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

    /// <summary>More than any of what is looked for takes; a damaged length may say anything.</summary>
    private const ulong MostBytes = 64 << 20;

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
    private readonly List<string> _failures = [];
    private bool _isFull;

    /// <summary>Finds what is to be overwritten.</summary>
    /// <param name="kernel">The kernel.</param>
    /// <param name="kept">The frames whose pages are written; what lies in others needs no overwriting.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <param name="working">Is told now and then that it goes on.</param>
    public Scrubber(KernelDump kernel, PageSet kept, CancellationToken cancellation, Action? working = null)
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
                    working?.Invoke();
                    Add(kernel, range, losses);
                }
            }
            catch (Exception failure) when (failure is not OperationCanceledException)
            {
                // Whatever it is, the other secrets are looked for, and the dump is saved.
                losses.Add(failure is KernelReadException or DumpException
                    ? failure.Message
                    : $"this is a bug in panicle: {failure.GetType().Name}: {failure.Message}");
            }
            foreach (var loss in losses.Take(3))
                _failures.Add($"not all {what} could be found and overwritten: {loss}");
        }
        _notes.AddRange(_failures);
        foreach (var (what, (places, bytes)) in _counts)
            _notes.Add($"overwritten: {what}, {places} places, {bytes} bytes");
    }

    /// <summary>Whether everything that was looked for was found.</summary>
    public bool IsWhole => _failures.Count == 0;

    /// <summary>What could not be found, each a sentence.</summary>
    public IReadOnlyList<string> Failures => _failures;

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

    private void Add(KernelDump kernel, SecretRange range, Losses losses)
    {
        var done = false;
        var length = Math.Min(range.Length, ulong.MaxValue - range.Address);
        if (length > MostBytes)
        {
            losses.Add(
                $"{range.What} at 0x{range.Address:x} would be {range.Length} bytes, of which {MostBytes} are overwritten");
            length = MostBytes;
        }
        var end = range.Address + length;
        for (var at = range.Address; at < end;)
        {
            var within = at & (kernel.PageSize - 1);
            var count = Math.Min(kernel.PageSize - within, end - at);
            if (kernel.Memory.TryPhysical(at, out var physical) && _kept.Contains(physical >> kernel.PageShift))
                done |= Add(physical >> kernel.PageShift, (int)within, (int)count, losses);
            at += count;
        }
        if (!done)
            return;
        var (places, bytes) = _counts.GetValueOrDefault(range.What);
        _counts[range.What] = (places + 1, bytes + length);
        _list.Append(CultureInfo.InvariantCulture, $"erase {range.What.Replace(' ', '_')} 0x{range.Address:x} {length}\n");
    }

    private bool Add(ulong frame, int start, int length, Losses losses)
    {
        if (!_pages.TryGetValue(frame, out var places))
        {
            if (_pages.Count >= MostPages)
            {
                if (!_isFull)
                    losses.Add($"there are more than {MostPages} pages to overwrite; the others stay as they were");
                _isFull = true;
                return false;
            }
            _pages.Add(frame, places = []);
        }
        places.Add((start, length));
        return true;
    }
}
