using Panicle.Logs.Layers;
using Panicle.Symbols;

namespace Panicle.Logs.Tests.Layers;

/// <summary>What tells a function's layer: what the trace prints, the module, the table, and the name last.</summary>
public class KernelLayersTests
{
    [Theory]
    [InlineData("kernel/locking/rwsem.c:1214", nameof(Layer.Lock))]
    [InlineData("lib/kobject.c:720", nameof(Layer.Model))]
    [InlineData("/build/linux-6.9/lib/iov_iter.c:12", nameof(Layer.Library))]
    [InlineData("../mm/slub.c:99", nameof(Layer.Allocator))]
    [InlineData("arch/arm64/mm/fault.c:384", nameof(Layer.Report))]
    [InlineData("arch/riscv/kernel/entry.S:100", nameof(Layer.Entry))]
    [InlineData("drivers/net/ethernet/example/ring.c:7", nameof(Layer.Own))]
    public void A_printed_location_decides_first(string location, string layer) =>
        Assert.Equal(layer, $"{Of("vfs_read", location: location)}");

    [Theory]
    [InlineData("kmalloc_ring", "example", nameof(Layer.Own))]
    [InlineData("mutex_lock", "example", nameof(Layer.Own))]
    [InlineData("show_level", "example", nameof(Layer.Own))]
    [InlineData("example_put", "example", nameof(Layer.Own))]
    [InlineData("example_assertfail", "example", nameof(Layer.Library))]
    [InlineData("some_helper", "usbcore", nameof(Layer.Bus))]
    [InlineData("list_add", "example", nameof(Layer.Library))]
    [InlineData("memcpy", "example", nameof(Layer.Library))]
    public void A_module_decides_before_the_name_but_headers_are_in_every_module(string function, string module, string layer) =>
        Assert.Equal(layer, $"{Of(function, module)}");

    [Theory]
    [InlineData("mutex_lock", nameof(Layer.Lock))]
    [InlineData("kfree.part.0", nameof(Layer.Allocator))]
    [InlineData("synchronize_rcu", nameof(Layer.Rcu))]
    [InlineData("__schedule", nameof(Layer.Scheduler))]
    [InlineData("hrtimer_interrupt", nameof(Layer.Time))]
    [InlineData("worker_thread", nameof(Layer.Deferred))]
    [InlineData("device_release", nameof(Layer.Model))]
    [InlineData("skb_pull", nameof(Layer.Net))]
    [InlineData("find_get_pages_contig", nameof(Layer.Cache))]
    [InlineData("ext4_fill_super", nameof(Layer.Own))]
    [InlineData("tcp_v4_rcv", nameof(Layer.Own))]
    public void The_table_tells_what_kernels_have(string function, string layer) => Assert.Equal(layer, $"{Of(function)}");

    [Theory]
    [InlineData("__asan_report_load16_noabort", nameof(Layer.Report))]
    [InlineData("kmsan_unpoison_all", nameof(Layer.Report))]
    [InlineData("lockdep_unheard_of", nameof(Layer.Report))]
    [InlineData("do_translation_fault", nameof(Layer.Report))]
    [InlineData("el1h_64_irq", nameof(Layer.Entry))]
    [InlineData("ret_from_intr", nameof(Layer.Entry))]
    [InlineData("rtlock_slowlock_locked", nameof(Layer.Lock))]
    [InlineData("exampledrv_isr_bottom", nameof(Layer.Own))]
    [InlineData("read_example_table", nameof(Layer.Own))]
    [InlineData("show_example_level", nameof(Layer.Own))]
    public void A_name_tells_what_the_table_does_not_know(string function, string layer) =>
        Assert.Equal(layer, $"{Of(function)}");

    [Theory]
    [InlineData("exampledev_put")]
    [InlineData("iput")]
    [InlineData("bpf_prog_array_copy_to_user")]
    [InlineData("examplefs_assert_fail")]
    public void Drops_of_references_copies_and_assertions_do_what_they_are_told_wherever_they_are(string function) =>
        Assert.Equal(Layer.Library, Of(function));

    [Fact]
    public void Words_that_only_end_like_a_put_are_none()
    {
        Assert.Equal(Layer.Own, Of("exampledev_input"));
        Assert.Equal(Layer.Own, Of("ip_output"));
    }

    private static Layer Of(string function, string? module = null, string? location = null) =>
        KernelLayers.Of(new BacktraceFrame { Function = function, Module = module, Location = location });
}
