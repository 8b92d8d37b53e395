using System.Buffers.Binary;
using System.Text;
using Panicle.Logs.Layers;

namespace Panicle.Lab;

/// <summary>Writes the table that <see cref="Logs.Layers.FunctionPlaces"/> reads.</summary>
internal static class FunctionTableFile
{
    /// <summary>Sorts the functions into buckets by the hashes of their names, each with the number of its path.</summary>
    public static byte[] Make(IReadOnlyDictionary<string, HashSet<string>> places)
    {
        var pairs = places.SelectMany(place => place.Value.Select(FunctionSources.Grouped).OfType<string>().Distinct()
            .Select(path => (place.Key, Path: path))).ToList();
        string[] paths = [.. pairs.Select(pair => pair.Path).Distinct().Order(StringComparer.Ordinal)];
        if (paths.Length > 1 << FunctionPlaces.PathBits)
            throw new LabException($"{paths.Length} paths are more than the table's entries can number");
        var numbers = paths.Index().ToDictionary(path => path.Item, path => (uint)path.Index);
        uint[] hashes = [.. pairs.Select(pair => FunctionPlaces.Hash(pair.Key))];
        var entries = pairs.Zip(hashes).Select(pair => (Bucket: (int)(pair.Second >> (32 - FunctionPlaces.BucketBits)),
            Entry: pair.Second << FunctionPlaces.BucketBits | numbers[pair.First.Path])).Distinct().Order().ToList();

        using var table = new MemoryStream();
        Write(table, FunctionPlaces.Magic);
        Write(table, (uint)entries.Count);
        Write(table, (uint)paths.Length);
        var before = 0;
        for (var bucket = 0; bucket <= 1 << FunctionPlaces.BucketBits; bucket++)
        {
            while (before < entries.Count && entries[before].Bucket < bucket)
                before++;
            Write(table, (uint)before);
        }
        foreach (var (_, entry) in entries)
            Write(table, entry);
        var length = 0;
        foreach (var path in paths)
        {
            Write(table, (uint)length);
            length += Encoding.UTF8.GetByteCount(path);
        }
        Write(table, (uint)length);
        table.Write(Encoding.UTF8.GetBytes(string.Concat(paths)));
        return table.ToArray();
    }

    private static void Write(Stream table, uint word)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, word);
        table.Write(bytes);
    }
}
