using System.Globalization;

namespace Panicle.Kernel.Time;

/// <summary>What the kernel's clocks said when it died (<c>struct timekeeper</c>, include/linux/timekeeper_internal.h).</summary>
public sealed class Timekeeper
{
    private readonly KernelDump _kernel;

    internal Timekeeper(KernelDump kernel) => _kernel = kernel;

    /// <summary>When the machine crashed, in UTC: CRASHTIME in VMCOREINFO, else the clock's last update.</summary>
    public DateTime CrashedAt
    {
        get
        {
            if (long.TryParse(_kernel.Info.Text("CRASHTIME"), NumberStyles.None, CultureInfo.InvariantCulture, out var seconds))
                return DateTime.UnixEpoch.AddSeconds(Plausible(seconds));
            var address = Address;
            return DateTime.UnixEpoch.AddSeconds(
                Plausible((long)_kernel.At(address, "struct timekeeper")["xtime_sec"].ToUInt64()));
        }
    }

    /// <summary>
    /// Time since boot, suspends included, as <c>/proc/uptime</c> counts it; exact to the clock's last update (a tick).
    /// </summary>
    public TimeSpan Uptime
    {
        get
        {
            var keeper = _kernel.At(Address, "struct timekeeper");
            var mono = keeper["tkr_mono"];
            var nanoseconds = mono["base"].ToInt64() + (long)(mono["xtime_nsec"].ToUInt64() >> mono["shift"].ToInt32());
            nanoseconds += keeper["offs_boot"].ToInt64();
            return TimeSpan.FromTicks(nanoseconds / 100);
        }
    }

    // tk_core is a struct without a tag until 6.13 (a sequence count, then the timekeeper) and struct tk_data since;
    // since 6.17 it is the first of several.
    private ulong Address
    {
        get
        {
            var core = _kernel.TrySymbolAddress("timekeeper_data", out var several) ? several : _kernel.SymbolAddress("tk_core");
            if (_kernel.Types.Parse("struct tk_data") is not null)
                return _kernel.At(core, "struct tk_data")["timekeeper"].Address;
            var sequence = _kernel.Types.Parse("seqcount_raw_spinlock_t")?.Size ?? 4;
            return core + ((sequence + 7) & ~7UL); // The timekeeper has members of 64 bits.
        }
    }

    private static long Plausible(long seconds) => seconds is > 0 and < 253_402_300_800 // The year 10000.
        ? seconds
        : throw new KernelReadException($"{seconds} seconds since 1970 is not a plausible time");
}
