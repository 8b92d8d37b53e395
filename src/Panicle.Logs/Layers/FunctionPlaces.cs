using System.Buffers.Binary;
using System.Text;

namespace Panicle.Logs.Layers;

/// <summary>
/// In which file or directory of the kernel's tree a function is, as the debug information of several kernels says. The table
/// is made by <c>lab/lab functions</c> and lies in the program's file: looking a name up reads a few of its bytes.
/// </summary>
internal static unsafe class FunctionPlaces
{
    /// <summary>What the table begins with.</summary>
    public const uint Magic = 0x314E4650; // "PFN1"

    /// <summary>A name's hash: so many of its bits choose the bucket, the others are in the entry.</summary>
    public const int BucketBits = 12;

    /// <summary>How many bits of an entry number the path.</summary>
    public const int PathBits = 12;

    /// <summary>The resource that holds the table.</summary>
    public const string Resource = "functions.bin";

    private const int HeaderBytes = 12;

    // The resource is part of the program's file in memory: it stays where it is.
    private static readonly (nint Start, int Length) Table = Open();

    /// <summary>The paths that have a function of this name, each once; none if it is in none that is known.</summary>
    public static IEnumerable<string> Of(string function)
    {
        var (first, last) = Range(Hash(function));
        for (var i = first; i < last; i++)
            yield return PathOf((int)(EntryAt(i) & ((1 << PathBits) - 1)));
    }

    /// <summary>How many pairs of a name and a path there are.</summary>
    public static int Count => (int)Word(4);

    /// <summary>FNV-1a, its halves folded: quick, and spread well enough for names.</summary>
    public static uint Hash(string name)
    {
        var hash = 0xcbf2_9ce4_8422_2325;
        foreach (var letter in name)
            hash = (hash ^ letter) * 0x0000_0100_0000_01b3;
        return (uint)(hash ^ (hash >> 32));
    }

    private static (int First, int Last) Range(uint hash)
    {
        var bucket = (int)(hash >> (32 - BucketBits));
        var (low, end) = ((int)Word(HeaderBytes + bucket * 4), (int)Word(HeaderBytes + bucket * 4 + 4));
        var rest = hash << BucketBits >> BucketBits;
        var high = end;
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            if (EntryAt(middle) >> PathBits < rest)
                low = middle + 1;
            else
                high = middle;
        }
        var last = low;
        while (last < end && EntryAt(last) >> PathBits == rest)
            last++;
        return (low, last);
    }

    private static int Entries => HeaderBytes + ((1 << BucketBits) + 1) * 4;

    private static uint EntryAt(int index) => Word(Entries + index * 4);

    private static string PathOf(int number)
    {
        var offsets = Entries + Count * 4;
        var texts = offsets + ((int)Word(8) + 1) * 4;
        var (start, end) = ((int)Word(offsets + number * 4), (int)Word(offsets + number * 4 + 4));
        return Encoding.UTF8.GetString(Bytes.Slice(texts + start, end - start));
    }

    private static ReadOnlySpan<byte> Bytes => new((void*)Table.Start, Table.Length);

    private static uint Word(int offset) => BinaryPrimitives.ReadUInt32LittleEndian(Bytes[offset..]);

    private static (nint Start, int Length) Open()
    {
        var stream = (UnmanagedMemoryStream)typeof(FunctionPlaces).Assembly.GetManifestResourceStream(Resource)!;
        return ((nint)stream.PositionPointer, (int)stream.Length);
    }
}
