using System.Globalization;
using Panicle.Lab;

namespace Panicle.Bench;

/// <summary>
/// Saving <c>/proc/vmcore</c> where it is: in the kernel that kdump started in a guest of 3 GB, by Panicle and by makedumpfile in
/// turn, into memory. The guest is emulated: its seconds mean something beside each other only.
/// </summary>
internal static class GuestSaveBenchmarks
{
    private const string KernelName = "6.1-cloud";
    private const string Prefix = "BENCH ";

    private const string Machine = """
        mkdir -p /capture/bin /capture/proc /capture/sys /capture/dev /capture/out /capture/tmp
        cp /bin/busybox /usr/bin/panicle /capture/bin/
        cp -r /tools /capture/
        cp /capture-init /capture/init
        cp /jobs /capture/jobs
        chmod +x /capture/init
        mknod /capture/dev/console c 5 1
        cd /capture && find . | cpio -o -H newc >/capture.img
        panicle kdump load --no-build || exit 1
        sync
        taskset 1 sh -c 'echo c >/proc/sysrq-trigger'
        """;

    // Two CPUs only come up if the one that crashes is the first:
    // a capture kernel that starts the first one anew resets the machine.
    private const string Configuration = """
        initramfs = /capture.img
        cmdline = console=ttyS0 quiet tsc=reliable nr_cpus=2 reset_devices irqpoll
        """;

    private const string Init = """
        #!/bin/busybox sh
        /bin/busybox --install -s /bin
        export PATH=/bin
        mount -t proc proc /proc
        mount -t sysfs sysfs /sys
        mount -t devtmpfs devtmpfs /dev
        mount -t tmpfs -o size=90% tmpfs /out
        while IFS='|' read -r name command; do
            rm -f /out/*
            echo 3 >/proc/sys/vm/drop_caches
            time -o /out/time -f '%e %U %S' sh -c "$command" >/out/said 2>&1 </dev/null || { echo "FAILED $?"; cat /out/said; }
            echo "BENCH $name $(tail -n 1 /out/time) $(stat -c %s /out/dump)"
        done </jobs
        poweroff -f
        """;

    private static readonly string[] Tools =
    [
        "libzstd.so.1", "liblzo2.so.2", "libdw.so.1", "libelf.so.1", "libz.so.1", "libc.so.6", "liblzma.so.5", "libbz2.so.1.0",
        "libgcc_s.so.1",
    ];

    /// <summary>Runs it and prints the table.</summary>
    /// <param name="program">The static Panicle.</param>
    /// <param name="rounds">How often each is run.</param>
    public static bool Run(string program, int rounds)
    {
        var cells = ((int[])[31, 1])
            .SelectMany(_ => SaveCompression.All, (level, compression) => (Level: level, Compression: compression)).ToList();
        var round = cells.SelectMany(cell => JobsOf(cell.Level, cell.Compression)).ToList();
        var jobs = Enumerable.Repeat(round, rounds).SelectMany(each => each).ToList();
        var peers = Peers.Make();
        var copies = Tools.ToDictionary(name => $"/tools/{name}", name => Resolve(peers, $"usr/lib/x86_64-linux-gnu/{name}"));
        copies.Add("/tools/ld.so", Resolve(peers, "usr/lib64/ld-linux-x86-64.so.2"));
        copies.Add("/tools/makedumpfile", Path.Combine(peers, "usr/bin/makedumpfile"));
        using var machine = Lab.Machine.Run(
            Kernel.All.First(kernel => kernel.Name == KernelName), program, new MachineOptions(Machine)
            {
                MemoryMegabytes = 3072,
                Crashkernel = "640M",
                Files = new Dictionary<string, string>
                {
                    ["/etc/panicle.conf"] = Configuration,
                    ["/capture-init"] = Init,
                    ["/jobs"] = string.Concat(jobs.Select(job => $"{job}\n"))
                },
                Copies = copies,
                Patience = TimeSpan.FromMinutes(3 + 2 * jobs.Count),
            });
        var results = machine.Console.Split('\n').Where(line => line.StartsWith(Prefix, StringComparison.Ordinal))
            .Select(line => GuestRun.Parse(line[Prefix.Length..])).OfType<GuestRun>()
            .GroupBy(run => run.Name).ToDictionary(runs => runs.Key, runs => runs.MinBy(run => run.Seconds)!);
        if (results.Count < round.Count)
            Console.WriteLine(machine.Console[^Math.Min(machine.Console.Length, 4000)..]);
        Console.WriteLine("Seconds of the clock, of the program and of the kernel, bytes of the dump:");
        foreach (var run in results.Values)
            Console.WriteLine($"  {run.Name,-28} {run.Seconds,7:f2} {run.User,7:f2} {run.System,7:f2} {run.Size,10}");
        return results.Count == round.Count;
    }

    private static IEnumerable<string> JobsOf(int level, SaveCompression compression)
    {
        foreach (var threads in (int[])[1, 2])
        {
            yield return $"{level}-{compression.Name}-panicle-{threads}|panicle save /proc/vmcore /out/dump --level {level} "
                + $"--compress {compression.Name} --threads {threads} --dump-only --force";
            if (compression.Makedumpfile is { } option)
                yield return $"{level}-{compression.Name}-makedumpfile-{threads}|/tools/ld.so --library-path /tools "
                    + $"/tools/makedumpfile --message-level 4 {option} -d {level} --num-threads "
                    + $"{(threads == 1 ? 0 : threads)} /proc/vmcore /out/dump";
        }
    }

    private static string Resolve(string root, string path)
    {
        var file = new FileInfo(Path.Combine(root, path));
        return file.ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? file.FullName;
    }

    private sealed record GuestRun(string Name, double Seconds, double User, double System, long Size)
    {
        public static GuestRun? Parse(string line)
        {
            var words = line.Trim().Split(' ');
            if (words.Length != 5 || words.Contains(""))
                return null; // It failed.
            double Number(int at) => double.Parse(words[at], CultureInfo.InvariantCulture);
            return new GuestRun(words[0], Number(1), Number(2), Number(3), (long)Number(4));
        }
    }
}
