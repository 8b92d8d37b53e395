using Panicle.Symbols.Btf;

namespace Panicle.Symbols.Tests;

/// <summary>BTF written by pahole for the C files beside it.</summary>
internal static class TestData
{
    public static byte[] Shapes => Read("shapes.btf");

    public static byte[] ShapesModule => Read("shapes_module.btf");

    public static BtfTypes Open(ReadOnlyMemory<byte> data)
    {
        var types = BtfTypes.TryOpen(data, Limits.Default, out var why);
        Assert.True(types is not null, why);
        return types;
    }

    private static byte[] Read(string name)
    {
        using var stream = typeof(TestData).Assembly.GetManifestResourceStream(name)!;
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }
}
