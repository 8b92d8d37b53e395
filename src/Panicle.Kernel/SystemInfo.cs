using System.Text;
using Panicle.Dumps;
using Panicle.Symbols;

namespace Panicle.Kernel;

/// <summary>
/// What the machine was: name, kernel, load, memory. Each is read when it is asked for, and throws
/// <see cref="KernelReadException"/> alone.
/// </summary>
public sealed class SystemInfo
{
    private const int LongestCommandLine = 4096; // No architecture's COMMAND_LINE_SIZE is larger.
    private const int UtsFieldLength = 65; // __NEW_UTS_LEN + 1
    private const double LoadFixedPoint = 2048; // FIXED_1, include/linux/sched/loadavg.h

    private readonly KernelDump _kernel;

    internal SystemInfo(KernelDump kernel) => _kernel = kernel;

    /// <summary>The machine's names and the kernel's release and version (<c>init_uts_ns</c>), as uname(2) tells them.</summary>
    public Utsname Utsname
    {
        get
        {
            // VMCOREINFO of 5.10 lacks the offset, and there the name follows a reference count.
            var offset = (ulong?)_kernel.Info.OffsetOf("uts_namespace.name")
                ?? _kernel.Types.Parse("struct uts_namespace")?.OffsetOf("name") ?? 0;
            var address = _kernel.SymbolAddress("init_uts_ns") + offset;
            var fields = _kernel.Memory.ReadBlock(address, UtsFieldLength * 6, _kernel.Limits, "init_uts_ns.name");
            return new Utsname(Field(0), Field(1), Field(2), Field(3), Field(4), Field(5));

            string Field(int index)
            {
                var bytes = fields.AsSpan(index * UtsFieldLength, UtsFieldLength);
                var end = bytes.IndexOf((byte)0);
                return Encoding.UTF8.GetString(end < 0 ? bytes : bytes[..end]);
            }
        }
    }

    /// <summary>The load averages over 1, 5 and 15 minutes.</summary>
    public IReadOnlyList<double> LoadAverage
    {
        get
        {
            var address = _kernel.SymbolAddress("avenrun");
            return [.. Enumerable.Range(0, 3).Select(Load)];

            double Load(int index) =>
                _kernel.Memory.ReadWord(_kernel.Memory.Words.At(address, index), "avenrun") / LoadFixedPoint;
        }
    }

    /// <summary>The processors' nominal clock in MHz.</summary>
    public uint ProcessorMegahertz => _kernel.Architecture.ClockMegahertz(_kernel);

    /// <summary>
    /// Bytes of memory that the kernel manages (<c>_totalram_pages</c>): <c>MemTotal</c> in <c>/proc/meminfo</c>.
    /// </summary>
    public ulong TotalMemory =>
        _kernel.Memory.ReadWord(_kernel.SymbolAddress("_totalram_pages"), "_totalram_pages") * _kernel.PageSize;

    /// <summary>The kernel's taint bits (<c>tainted_mask</c>, Documentation/admin-guide/tainted-kernels.rst).</summary>
    public ulong Taints => _kernel.Memory.ReadWord(_kernel.SymbolAddress("tainted_mask"), "tainted_mask");

    /// <summary>What the boot loader gave the kernel (<c>saved_command_line</c>): <c>/proc/cmdline</c>.</summary>
    public string CommandLine
    {
        get
        {
            var pointer = _kernel.Memory.ReadWord(_kernel.SymbolAddress("saved_command_line"), "saved_command_line");
            return _kernel.Memory.ReadString(pointer, LongestCommandLine, "saved_command_line");
        }
    }
}
