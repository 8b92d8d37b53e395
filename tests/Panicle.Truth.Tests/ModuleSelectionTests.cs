using System.Diagnostics;
using Panicle.Kdump;
using Panicle.Kdump.Initramfs;

namespace Panicle.Truth.Tests;

/// <summary>The modules that a target needs, found among all of a real kernel's.</summary>
public sealed class ModuleSelectionTests : IDisposable
{
    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("panicle-modules");

    public void Dispose() => _root.Delete(recursive: true);

    [Theory]
    [InlineData("6.1-cloud", null, ".ko")]
    [InlineData("6.12-cloud", "xz", ".ko.xz")]
    [InlineData("7.2-cloud", "zstd", ".ko.zst")]
    public void Modules_come_with_what_they_depend_on_and_after_it(string kernel, string? packer, string ending)
    {
        var selection = new ModuleSelection(
            Tree(kernel, packer, ending, "btrfs", "raid6_pq", "xor", "libcrc32c", "zstd_compress", "nfs", "nfsv4", "sunrpc",
                "lockd", "grace", "netfs", "fscache", "dns_resolver", "auth_rpcgss", "nfs_localio", "virtio_net", "net_failover",
                "failover"));
        selection.AddIfThere("btrfs", "a test");
        selection.Add("virtio-net", "a test");
        selection.Add("nfsv4", "a test");
        Assert.DoesNotContain(selection.Missing, missing =>
            !missing.StartsWith("btrfs", StringComparison.Ordinal) && missing.Contains("nfs", StringComparison.Ordinal));
        var names = selection.Modules.Select(module => module.Name).ToList();
        AssertOrder(names, "raid6_pq", "btrfs");
        AssertOrder(names, "xor", "btrfs");
        AssertOrder(names, "net_failover", "virtio_net");
        AssertOrder(names, "failover", "net_failover");
        AssertOrder(names, "sunrpc", "nfsv4");
        AssertOrder(names, "nfs", "nfsv4");
        Assert.Distinct(names);
        Assert.All(selection.Modules, module => Assert.Equal("\u007fELF"u8.ToArray(), module.Content[..4]));
    }

    [Fact]
    public void A_module_that_is_not_there_is_told_with_what_wants_it()
    {
        var selection = new ModuleSelection(Tree("6.1-cloud", null, ".ko", "virtio_net", "net_failover"));
        selection.Add("virtio_net", "the network");
        Assert.Contains("failover (for the network)", selection.Missing);
    }

    private static void AssertOrder(List<string> names, string first, string then)
    {
        Assert.Contains(then, names);
        if (names.Contains(first)) // Else it is built into this kernel.
            Assert.True(names.IndexOf(first) < names.IndexOf(then), $"{first} comes after {then}");
    }

    private ModuleTree Tree(string kernel, string? packer, string ending, params string[] names)
    {
        var (directory, release) = Array.Find(Lab.Kernel.All, known => known.Name == kernel)!.Modules();
        var tree = _root.CreateSubdirectory($"lib/modules/{release}/kernel/deep").FullName;
        foreach (var name in names.Select(name => Path.Combine(directory, $"{name}.ko")).Where(File.Exists))
        {
            var copy = Path.Combine(tree, Path.GetFileNameWithoutExtension(name) + ".ko");
            File.Copy(name, copy);
            if (packer is null)
                continue;
            using var process = Process.Start(packer, ["-q", copy]);
            process.WaitForExit();
            File.Delete(copy);
            Assert.True(File.Exists(Path.Combine(tree, Path.GetFileNameWithoutExtension(name) + ending)));
        }
        return new ModuleTree(new SystemRoot(_root.FullName), release);
    }
}
