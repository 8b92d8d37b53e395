
namespace Panicle.Kernel.Tests;

/// <summary>Build IDs, compared with what readelf -n says of the files of these kernels.</summary>
public class BuildIdTests
{
    [Fact]
    public void The_kernels_own_is_that_of_its_vmlinux()
    {
        Assert.Equal("3b43fad5034874490492495d552c0af6a5fab235", Samples.NullDeref.BuildId);
        Assert.Equal("7f76f39faf07f34cfa9fadd801e131bfa8cb6dc3", Samples.Sysrq.BuildId);
    }

    [Fact]
    public void The_kernels_notes_say_the_same_as_VMCOREINFO()
    {
        var kernel = Samples.NullDeref;
        var notes = new AddressRange(kernel.SymbolAddress("__start_notes"), kernel.SymbolAddress("__stop_notes"));
        Assert.Equal(kernel.Info.BuildId, Module.BuildIdNote.Find(kernel.Memory, notes));
    }

    [Theory]
    [InlineData("null-deref", "crashme", "e46e736044b49eaa6ceb0adbf401985390d1333c")]
    [InlineData("null-deref", "virtio_blk", "bc8f0c86e2f2f261ea820d8c1f17de705b81d772")]
    [InlineData("sysrq", "virtio_blk", "80af9206e1b23caeec5b9b6b3b80d2d6edaa0174")]
    public void Each_modules_is_that_of_its_file(string dump, string module, string expected)
    {
        var found = Samples.Named(dump).Modules.Find(module)!;
        Assert.Equal(expected, found.BuildId);
        Assert.Equal(module, found.Binary.Name);
        Assert.StartsWith("6.1", found.Binary.Release);
    }
}
