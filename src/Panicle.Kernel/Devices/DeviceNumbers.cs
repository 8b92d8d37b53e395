using Panicle.Kernel.Values;

namespace Panicle.Kernel.Devices;

/// <summary>
/// A range of character device numbers (<c>struct char_device_struct</c>, fs/char_dev.c): a line of <c>/proc/devices</c>.
/// </summary>
/// <param name="Major">The major number.</param>
/// <param name="FirstMinor">The first minor number.</param>
/// <param name="MinorCount">How many minor numbers.</param>
/// <param name="Name">Who has it: "tty".</param>
/// <param name="Device">
/// Address of the <c>struct cdev</c> that serves the first number; 0 if none does, null if that can't be read.
/// </param>
/// <param name="Operations">Address of its <c>file_operations</c>; 0 if it has none, null if that can't be read.</param>
public sealed record CharacterDeviceRange(
    uint Major, uint FirstMinor, int MinorCount, string Name, ulong? Device, ulong? Operations)
{
    /// <summary>Why <see cref="Device"/> or <see cref="Operations"/> isn't known; null if both are.</summary>
    public string? WhyUnknown { get; init; }
}

/// <summary>A block device major number and who has it (<c>struct blk_major_name</c>, block/genhd.c).</summary>
/// <param name="Major">The major number.</param>
/// <param name="Name">Who has it: "virtblk".</param>
public sealed record BlockMajor(uint Major, string Name);

/// <summary>Which device numbers are taken, as <c>/proc/devices</c> shows it.</summary>
public sealed class DeviceNumbers
{
    private const int Buckets = 255; // CHRDEV_MAJOR_HASH_SIZE and BLKDEV_MAJOR_HASH_SIZE.
    private const int MostInBucket = 100_000;
    private const int MinorBits = 20;

    private readonly Part<IReadOnlyList<CharacterDeviceRange>> _character;
    private readonly Part<IReadOnlyList<BlockMajor>> _block;

    internal DeviceNumbers(KernelDump kernel)
    {
        _character = new("the numbers of character devices", () => ReadCharacter(kernel, Losses));
        _block = new("the numbers of block devices", () => ReadBlock(kernel, Losses));
    }

    /// <summary>The ranges of character devices, by number.</summary>
    public IReadOnlyList<CharacterDeviceRange> Character => _character.Value;

    /// <summary>The major numbers of block devices (<c>major_names</c>, block/genhd.c), ascending.</summary>
    public IReadOnlyList<BlockMajor> Block => _block.Value;

    /// <summary>What can't be read of those that were asked for.</summary>
    public Losses Losses { get; } = new();

    private static List<CharacterDeviceRange> ReadCharacter(KernelDump kernel, Losses losses)
    {
        var ranges = new List<CharacterDeviceRange>();
        foreach (var range in Hashed(kernel, "chrdevs", "struct char_device_struct", losses))
        {
            if (losses.Try("character device", range.Address, () => Read(kernel, range, losses)) is { } found)
                ranges.Add(found);
        }
        return [.. ranges.OrderBy(range => range.Major).ThenBy(range => range.FirstMinor)];
    }

    private static List<BlockMajor> ReadBlock(KernelDump kernel, Losses losses)
    {
        var majors = new List<BlockMajor>();
        foreach (var major in Hashed(kernel, "major_names", "struct blk_major_name", losses))
        {
            if (losses.Try("block major", major.Address,
                () => new BlockMajor((uint)major["major"].ToUInt64(), major["name"].ToText())) is { } found)
                majors.Add(found);
        }
        return [.. majors.OrderBy(major => major.Major)];
    }

    private static CharacterDeviceRange Read(KernelDump kernel, KernelValue range, Losses losses)
    {
        var major = (uint)range["major"].ToUInt64();
        var minor = (uint)range["baseminor"].ToUInt64();
        var taken = new CharacterDeviceRange(major, minor, range["minorct"].ToInt32(), range["name"].ToText(), null, null);
        try
        {
            // Who serves the numbers lies elsewhere: a range is still one when that can't be read.
            var device = range["cdev"].ToUInt64();
            if (device == 0)
                device = Serving(kernel, major, minor);
            taken = taken with { Device = device };
            return taken with { Operations = device == 0 ? 0 : kernel.At(device, "struct cdev")["ops"].ToUInt64() };
        }
        catch (KernelReadException failure)
        {
            losses.Add("what serves a character device", failure.Message);
            return taken with { WhyUnknown = failure.Message };
        }
    }

    // A hash table of chains linked by "next".
    private static IEnumerable<KernelValue> Hashed(KernelDump kernel, string table, string type, Losses losses)
    {
        var start = kernel.SymbolAddress(table);
        for (long i = 0; i < Buckets; i++)
        {
            if (!kernel.Memory.TryReadWord(kernel.Memory.Words.At(start, i), out var node, out var fault))
            {
                losses.Add($"{table}: {fault}");
                yield break;
            }
            for (var count = 0; node != 0 && count < MostInBucket; count++)
            {
                var value = kernel.At(node, type);
                yield return value;
                if (!kernel.Memory.TryReadWord(value["next"].Address, out node, out fault))
                {
                    losses.Add($"{table}[{i}]: {fault}");
                    break;
                }
            }
        }
    }

    // A cdev that was added without its range knowing it stands in cdev_map only (drivers/base/map.c).
    private static ulong Serving(KernelDump kernel, uint major, uint minor)
    {
        var number = ((ulong)major << MinorBits) | minor;
        var probe = kernel.Global("cdev_map", "struct kobj_map *")["probes"][major % Buckets];
        for (var count = 0; probe.IsTrue && count < MostInBucket; count++)
        {
            var first = probe["dev"].ToUInt64();
            // Each bucket ends in a probe for every number, which has no data.
            if (number >= first && number - first < probe["range"].ToUInt64())
                return probe["data"].ToUInt64();
            probe = probe["next"];
        }
        return 0;
    }
}
