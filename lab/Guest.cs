using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;

namespace Panicle.Lab;

/// <summary>
/// One run of QEMU. The guest's memory is a file, so that the host can read it; its first serial line is the console, its
/// second one carries the orders in and the head of the dump out. Disks: vda takes the testimony, vdb is the guest's
/// file system, vdc takes a dump.
/// </summary>
internal sealed class Guest : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(180);

    private const int UartQueue = 16;

    private static readonly string[] Disks = ["vda", "vdb", "vdc"];

    private readonly Process _process;
    private readonly Scratch _scratch;
    private readonly Socket _serial;
    private readonly Task<string> _errors;
    private readonly DateTime _deadline = DateTime.UtcNow + Patience;

    private Guest(Scratch scratch, Process process)
    {
        _scratch = scratch;
        _process = process;
        _errors = process.StandardError.ReadToEndAsync();
        try
        {
            Control = new Qmp(Connect("qmp"));
            _serial = Connect("serial");
        }
        catch
        {
            End();
            throw;
        }
    }

    public Qmp Control { get; }

    public string Memory => _scratch.PathOf("memory");

    public string Testimony => _scratch.PathOf("vda");

    public string FileSystem => _scratch.PathOf("vdb");

    public string DumpDisk => _scratch.PathOf("vdc");

    /// <summary>Everything printed on the console so far, in this run.</summary>
    public string Console => File.Exists(_scratch.PathOf("console"))
        ? Encoding.UTF8.GetString(File.ReadAllBytes(_scratch.PathOf("console")))
        : "";

    /// <summary>How much of the host's CPUs this run has taken so far.</summary>
    public TimeSpan CpuTime
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    public static Guest Boot(Kernel kernel, KernelFiles files, GuestOptions options)
    {
        var scratch = new Scratch();
        Initramfs.Write(scratch.PathOf("initramfs"), files, options);
        MakeDisk(scratch.PathOf("vdb"), 16);
        return Start(scratch, kernel, options, reboots: false,
            "-kernel", files.Image, "-initrd", scratch.PathOf("initramfs"), "-append",
            options.CommandLine + kernel.MoreCommandLine);
    }

    /// <summary>Boots a kernel that reboots when it panics, with a network card and memory that a reboot leaves alone.</summary>
    /// <param name="kernel">The kernel.</param>
    /// <param name="files">Its files.</param>
    /// <param name="netconsolePort">The UDP port of this host's that the guest sends its messages to.</param>
    public static Guest BootChannels(Kernel kernel, KernelFiles files, int netconsolePort)
    {
        var scratch = new Scratch();
        Initramfs.WriteChannels(scratch.PathOf("initramfs"), files);
        MakeDisk(scratch.PathOf("vdb"), 1, format: false);
        return Start(scratch, kernel, GuestOptions.Usual, reboots: true,
            "-kernel", files.Image, "-initrd", scratch.PathOf("initramfs"),
            "-append",
            $"console=ttyS0 ignore_loglevel tsc=reliable panic=1 memmap=1M$256M "
                + $"lab.netconsole={netconsolePort}{kernel.MoreCommandLine}",
            "-netdev", "user,id=network", "-device", "virtio-net-pci,netdev=network,romfile=");
    }

    /// <summary>Continues a guest that was stopped and saved.</summary>
    public static Guest Restore(Kernel kernel, GuestOptions options, string state, string fileSystem)
    {
        var scratch = new Scratch();
        File.Copy(fileSystem, scratch.PathOf("vdb"));
        var guest = Start(scratch, kernel, options, reboots: false, "-incoming", $"exec:cat '{state}'");
        try
        {
            guest.Control.WaitForStatus("query-status", "paused", Patience);
            guest.Control.Execute("cont");
            return guest;
        }
        catch
        {
            guest.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Sends a line down the second serial line. What arrives before the guest has opened it is lost, up to what the UART's queue
    /// holds: so blanks go first, which the guest's shell ignores.
    /// </summary>
    public void Send(string line) => _serial.Send(Encoding.ASCII.GetBytes($"{new string(' ', 2 * UartQueue)}{line}\n"));

    /// <summary>Takes what comes up the second serial line, from an ELF header on.</summary>
    public byte[] ReceiveElf(int size)
    {
        var received = new List<byte>();
        var buffer = new byte[65536];
        var start = -1;
        while (start < 0 || received.Count - start < size)
        {
            if (!_serial.Poll(TimeSpan.FromMilliseconds(100), SelectMode.SelectRead))
            {
                CheckAlive("sent no ELF header");
                continue;
            }
            received.AddRange(buffer.AsSpan(0, _serial.Receive(buffer)));
            if (start < 0)
                start = received.ToArray().AsSpan().IndexOf("\u007fELF"u8);
        }
        return [.. received[start..(start + size)]];
    }

    /// <summary>Waits until one of these texts is on the console, and returns it.</summary>
    public string WaitFor(params IReadOnlyList<string> texts)
    {
        while (true)
        {
            var console = Console;
            if (texts.FirstOrDefault(text => console.Contains(text, StringComparison.Ordinal)) is { } found)
                return found;
            CheckAlive($"never said “{string.Join("” or “", texts)}”");
            Thread.Sleep(40);
        }
    }

    /// <summary>Stops the guest and saves all of it but its disks.</summary>
    public void Save(string state)
    {
        Control.Execute("stop");
        Control.Execute("migrate-set-parameters", new JsonObject { ["max-bandwidth"] = 4L << 30 });
        Control.Execute("migrate", new JsonObject { ["uri"] = $"exec:cat >'{state}'" });
        Control.WaitForStatus("query-migrate", "completed", Patience);
    }

    public void Dispose()
    {
        Control.Dispose();
        _serial.Dispose();
        End();
    }

    private void End()
    {
        if (!_process.HasExited)
            _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
        _scratch.Dispose();
    }

    private static Guest Start(
        Scratch scratch, Kernel kernel, GuestOptions options, bool reboots, params IEnumerable<string> boot)
    {
        MakeDisk(scratch.PathOf("vda"), 64, format: false);
        MakeDisk(scratch.PathOf("vdc"), options.MemoryMegabytes + 16, format: false);
        string[] afterwards = reboots ? [] : ["-no-reboot"];
        var start = new ProcessStartInfo("qemu-system-x86_64", [.. Machine(scratch, kernel, options), .. afterwards, .. boot])
        {
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        return new Guest(scratch, Process.Start(start) ?? throw new LabException("cannot start qemu-system-x86_64"));
    }

    private static IEnumerable<string> Machine(Scratch scratch, Kernel kernel, GuestOptions options)
    {
        string[] words =
        [
            "-accel", "tcg,thread=multi", "-cpu", kernel.Cpu, "-smp", $"{options.Cpus}",
            "-object", $"memory-backend-file,id=ram,size={options.MemoryMegabytes}M,mem-path={scratch.PathOf("memory")},share=on",
            "-machine", "pc,memory-backend=ram", "-m", $"{options.MemoryMegabytes}M",
            "-nodefaults", "-display", "none", "-device", "vmcoreinfo",
            "-serial", $"file:{scratch.PathOf("console")}",
            "-serial", $"unix:{scratch.PathOf("serial")},server=on,wait=off",
            "-qmp", $"unix:{scratch.PathOf("qmp")},server=on,wait=off",
        ];
        var disks = Disks.SelectMany(disk =>
            new[] { "-drive", $"file={scratch.PathOf(disk)},format=raw,if=virtio,cache=unsafe" });
        return words.Concat(disks);
    }

    private static void MakeDisk(string path, int megabytes, bool format = true)
    {
        using (var file = File.Create(path))
            file.SetLength((long)megabytes << 20);
        if (format)
            Shell.Run("mke2fs", "-q", "-t", "ext4", "-F", path);
    }

    private Socket Connect(string name)
    {
        while (true)
        {
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            try
            {
                socket.Connect(new UnixDomainSocketEndPoint(_scratch.PathOf(name)));
                return socket;
            }
            catch (SocketException)
            {
                socket.Dispose();
                CheckAlive("did not start");
                Thread.Sleep(20);
            }
        }
    }

    private void CheckAlive(string complaint)
    {
        if (!_process.HasExited && DateTime.UtcNow < _deadline)
            return;
        var errors = _process.HasExited ? _errors.Result : "";
        var console = Console;
        throw new GuestException($"the guest {complaint}\n{errors}{console[Math.Max(0, console.Length - 1500)..]}");
    }
}
