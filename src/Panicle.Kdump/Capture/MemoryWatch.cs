namespace Panicle.Kdump.Capture;

/// <summary>
/// Watches how the capture kernel's memory runs low, so that the capture's log says whether
/// the reservation was enough, and by how much.
/// </summary>
internal sealed class MemoryWatch : IDisposable
{
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(250);

    private readonly Lock _lock = new();
    private readonly Timer _timer;
    private readonly ulong _total = Machine.Meminfo(SystemRoot.Live, "MemTotal") ?? 0;
    private ulong _leastAvailable = ulong.MaxValue;
    private ulong _mostInKernel;
    private ulong _mostInPrograms;

    public MemoryWatch()
    {
        Look();
        _timer = new Timer(_ => Look(), null, Pace, Pace);
    }

    /// <summary>What there is now.</summary>
    public static string Now =>
        $"{Megabytes("MemTotal")} MB for it to give out, {Megabytes("MemAvailable")} MB of them available";

    public string Summary
    {
        get
        {
            Look();
            lock (_lock)
                return $"at least {_leastAvailable >> 20} MB of {_total >> 20} MB were always available; the kernel took up to "
                    + $"{_mostInKernel >> 20} MB, programs up to {_mostInPrograms >> 20} MB";
        }
    }

    public void Dispose() => _timer.Dispose();

    // What is neither free nor a file's (the unpacked initramfs is files) nor a program's is the kernel's own: slab, page tables,
    // stacks, per-CPU data, modules.
    private void Look()
    {
        ulong Field(string name) => Machine.Meminfo(SystemRoot.Live, name) ?? 0;
        var (available, programs) = (Field("MemAvailable"), Field("AnonPages"));
        var known = Field("MemFree") + Field("Cached") + Field("Buffers") + programs;
        lock (_lock)
        {
            _leastAvailable = Math.Min(_leastAvailable, available);
            _mostInPrograms = Math.Max(_mostInPrograms, programs);
            _mostInKernel = Math.Max(_mostInKernel, _total - Math.Min(_total, known));
        }
    }

    private static ulong Megabytes(string field) => (Machine.Meminfo(SystemRoot.Live, field) ?? 0) >> 20;
}
