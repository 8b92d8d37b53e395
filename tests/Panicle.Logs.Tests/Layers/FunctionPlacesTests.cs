using Panicle.Logs.Layers;

namespace Panicle.Logs.Tests.Layers;

/// <summary>The table of functions, which the lab makes of its kernels' debug information.</summary>
public class FunctionPlacesTests
{
    [Theory]
    [InlineData("vfs_read", "fs/read_write.c")]
    [InlineData("mutex_lock", "kernel/locking/mutex.c")]
    [InlineData("process_one_work", "kernel/workqueue.c")]
    [InlineData("kobject_put", "lib/kobject.c")]
    [InlineData("usb_submit_urb", "drivers/usb/core")]
    [InlineData("[usbcore]", "drivers/usb/core")]
    [InlineData("__list_del_entry", "include/linux")]
    public void A_function_is_in_its_file_and_a_module_in_its_directory(string function, string place) =>
        Assert.Equal([place], FunctionPlaces.Of(function));

    [Fact]
    public void A_name_of_several_files_is_in_each_of_them()
    {
        var places = FunctionPlaces.Of("dump_one").Concat(FunctionPlaces.Of("seq_show")).ToList();

        Assert.True(places.Count > 1);
        Assert.Equal(FunctionPlaces.Of("seq_show").Distinct(), FunctionPlaces.Of("seq_show"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("no_such_function_anywhere")]
    [InlineData("[no_such_module]")]
    [InlineData("функция")]
    public void An_unknown_name_is_nowhere(string function) => Assert.Empty(FunctionPlaces.Of(function));

    [Fact]
    public void What_only_looks_like_a_function_is_rarely_taken_for_one() =>
        Assert.InRange(Enumerable.Range(0, 20_000).Count(i => FunctionPlaces.Of($"not_a_function_{i}").Any()), 0, 10);

    [Fact]
    public void There_are_the_functions_of_whole_kernels() => Assert.InRange(FunctionPlaces.Count, 100_000, 250_000);
}
