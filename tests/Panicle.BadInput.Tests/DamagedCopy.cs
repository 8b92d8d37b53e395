namespace Panicle.BadInput.Tests;

/// <summary>A copy of a dump's files that can be damaged and put right again.</summary>
internal sealed class DamagedCopy : IDisposable
{
    /// <summary>Headers, bitmaps and notes lie at the front, where most of what can go wrong is.</summary>
    private const int Front = 64 * 1024;

    private const int LargestBlock = 64 * 1024;

    private readonly string[] _originals;

    public DamagedCopy(string[] files)
    {
        _originals = files;
        Files = [.. files.Select(_ => Formats.NewPath())];
        foreach (var (from, to) in files.Zip(Files))
            File.Copy(from, to);
    }

    public string[] Files { get; }

    /// <summary>Cuts one of the files off.</summary>
    public string CutAnywhere(Random random)
    {
        var (which, at) = Place(random);
        using var file = File.OpenWrite(Files[which]);
        file.SetLength(at);
        return $"file {which} cut at {at}";
    }

    public string FlipBit(Random random)
    {
        var (which, at) = Place(random);
        var bit = random.Next(8);
        using var file = File.Open(Files[which], FileMode.Open);
        file.Position = at;
        var value = file.ReadByte();
        file.Position = at;
        file.WriteByte((byte)(value ^ (1 << bit)));
        return $"file {which}: bit {bit} of byte {at} flipped";
    }

    /// <summary>Overwrites a block with noise, ones or zeros.</summary>
    public string OverwriteBlock(Random random)
    {
        var (which, at) = Place(random);
        using var file = File.Open(Files[which], FileMode.Open);
        var block = new byte[Math.Min(1 << random.Next(1 + int.Log2(LargestBlock)), file.Length - at)];
        var with = random.Next(3);
        if (with == 0)
            random.NextBytes(block);
        else
            block.AsSpan().Fill((byte)(with == 1 ? 0xff : 0));
        file.Position = at;
        file.Write(block);
        var what = with == 0 ? "noise" : with == 1 ? "ones" : "zeros";
        return $"file {which}: {block.Length} bytes at {at} overwritten with {what}";
    }

    /// <summary>Puts everything right that a damage of 64 KB at most, or a cut, did.</summary>
    public void Restore()
    {
        foreach (var (from, to) in _originals.Zip(Files))
        {
            using var good = File.OpenRead(from);
            using var bad = File.Open(to, FileMode.Open);
            var at = _damagedAt.TryGetValue(to, out var place) ? place : good.Length;
            var end = bad.Length < good.Length ? good.Length : Math.Min(at + LargestBlock, good.Length);
            good.Position = bad.Position = at;
            var rest = new byte[1 << 16];
            while (bad.Position < end)
                bad.Write(rest.AsSpan(0, good.Read(rest.AsSpan(0, (int)Math.Min(rest.Length, end - bad.Position)))));
        }
        _damagedAt.Clear();
    }

    private readonly Dictionary<string, long> _damagedAt = [];

    private (int File, long At) Place(Random random)
    {
        var which = random.Next(Files.Length);
        var length = new FileInfo(Files[which]).Length;
        var at = random.NextInt64(random.Next(2) == 0 ? Math.Min(length, Front) : length);
        _damagedAt[Files[which]] = at;
        return (which, at);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var file in Files)
            File.Delete(file);
    }
}
