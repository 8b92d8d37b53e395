using Panicle.Kdump.Configuration;
using Panicle.Kdump.Loading;

namespace Panicle.Kdump.Tests;

public sealed class CaptureCommandLineTests : IDisposable
{
    private readonly FixtureTree _tree = new();

    public void Dispose() => _tree.Dispose();

    private string Make(string running, string configuration = "", string architecture = "x86_64") => CaptureCommandLine.For(
        EffectiveConfiguration.Parse("/etc/panicle.conf", configuration), _tree.With("/proc/cmdline", running + "\n").Root,
        architecture);

    [Theory]
    [InlineData("console=ttyS0 foo=\"a b", "console=ttyS0 foo=\"a b\" nr_cpus=1 ")]
    [InlineData("\"dyndbg=file a.c +p; file b.c +p\" x", "\"dyndbg=file a.c +p; file b.c +p\" x nr_cpus=1 ")]
    [InlineData("a -- single", "a nr_cpus=1 ")]
    [InlineData("a \"--\" b", "a nr_cpus=1 ")]
    [InlineData("a \"-- b\" c", "a \"-- b\" c nr_cpus=1 ")]
    [InlineData("a\tb", "a b nr_cpus=1 ")]
    [InlineData("module.param=\"x root=/dev/sda\" root=/dev/sdb y", "module.param=\"x root=/dev/sda\" y nr_cpus=1 ")]
    public void What_is_added_is_the_kernels_whatever_stands_before_it(string running, string start) =>
        Assert.StartsWith(start, Make(running), StringComparison.Ordinal);

    [Theory]
    [InlineData("crashkernel=1G-4G:192M,4G-:256M")]
    [InlineData("crashkernel=512M,high crashkernel=128M,low")]
    [InlineData("x.crashkernel=64M")] // The kernel finds the letters there too.
    [InlineData("x=\"a crashkernel=64M b\"")]
    [InlineData("hugepagesz=1G hugepages=64")]
    [InlineData("default_hugepagesz=2M hugepages=0:512,1:512")]
    [InlineData("hugetlb-cma=4G")]
    [InlineData("swiotlb=262144")]
    [InlineData("swiotlb=16384")]
    [InlineData("log-buf-len=64M")]
    [InlineData("mem=4G memmap=1G!4G")]
    [InlineData("trace_buf_size=100M trace_event=sched:*")]
    [InlineData("dhash_entries=8388608")]
    [InlineData("systemd.unit=rescue.target rd.break quiet splash")]
    [InlineData("reserve_mem=64M:4096:trace")]
    public void What_takes_memory_or_is_another_systems_does_not_reach_it(string running) =>
        Assert.Equal(Make("console=ttyS0"), Make($"console=ttyS0 {running}"));

    [Theory]
    [InlineData("swiotlb=524288,force", "swiotlb=force")]
    [InlineData("swiotlb=noforce", "swiotlb=noforce")]
    [InlineData("cma=0", "cma=0")]
    [InlineData("init_on_alloc=0", "init_on_alloc=0")]
    public void What_takes_nothing_stays(string running, string kept) =>
        Assert.Contains($" {kept} ", Make($"a {running} b"), StringComparison.Ordinal);

    [Fact]
    public void What_is_to_be_removed_is_removed_from_what_Panicle_adds_too()
    {
        var line = Make(
            "console=tty0 console=ttyS0 oci.names=a,b", "cmdline-remove = irqpoll console=tty0 oci.names hest-disable\n");
        Assert.StartsWith("console=ttyS0 nr_cpus=1", line, StringComparison.Ordinal);
        Assert.DoesNotContain("irqpoll", line, StringComparison.Ordinal);
        Assert.DoesNotContain("hest_disable", line, StringComparison.Ordinal);
    }

    [Fact]
    public void A_given_line_is_taken_as_it_is_but_for_reservations() => Assert.Equal(
        "root=/dev/sda1 a=\"b c\" irqpoll cma=0 memmap=16M@64M",
        Make("x", "cmdline = root=/dev/sda1 crashkernel=1G a=\"b c\" hugepages=4 irqpoll -- s\n"
            + "cmdline-append = cma=0 crashkernel=64M memmap=16M@64M -- 1\n"));

    [Fact]
    public void A_line_that_the_kernel_would_cut_is_refused() => Assert.Contains("cmdline-remove",
        Assert.Throws<KexecException>(() => Make($"a={new string('x', 1900)}")).Message, StringComparison.Ordinal);

    [Fact]
    public void Other_architectures_get_what_they_know() =>
        Assert.StartsWith("a maxcpus=1 panic=10 reset_devices", Make("a", "", "aarch64"), StringComparison.Ordinal);
}
