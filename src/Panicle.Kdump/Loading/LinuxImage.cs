using System.Buffers.Binary;

namespace Panicle.Kdump.Loading;

/// <summary>An x86 kernel image as boot loaders take it (Documentation/arch/x86/boot.rst).</summary>
internal sealed class LinuxImage
{
    private const int SetupSects = 0x1f1;
    private const int Magic = 0x202;
    private const int HeaderEnd = 0x201; // The byte that says how far behind it the header goes.
    private const int XLoadFlags = 0x236;
    private const int InitSizeOffset = 0x260;
    private const int AlignmentOffset = 0x230;
    private const int SectorBytes = 512;
    private const int Entry64Offset = 0x200;
    private const int Has64BitEntry = 1; // XLF_KERNEL_64
    private const int CanLieAnywhere = 2; // XLF_CAN_BE_LOADED_ABOVE_4G

    private readonly byte[] _bytes;

    public LinuxImage(byte[] bytes)
    {
        _bytes = bytes;
        if (bytes.Length < 0x1000 || !bytes.AsSpan(Magic).StartsWith("HdrS"u8))
            throw new KexecException("that is no x86 kernel image (bzImage)");
        if ((Flags & (Has64BitEntry | CanLieAnywhere)) != (Has64BitEntry | CanLieAnywhere))
            throw new KexecException("that kernel image has no 64-bit entry, or can't be loaded anywhere");
    }

    /// <summary>What lies in memory, compressed as it is.</summary>
    public ReadOnlySpan<byte> Code => _bytes.AsSpan(((_bytes[SetupSects] == 0 ? 4 : _bytes[SetupSects]) + 1) * SectorBytes);

    /// <summary>How much memory it needs from there on before it knows of any.</summary>
    public uint InitSize => BinaryPrimitives.ReadUInt32LittleEndian(_bytes.AsSpan(InitSizeOffset));

    /// <summary>What its address must be a multiple of.</summary>
    public uint Alignment => Math.Max(BinaryPrimitives.ReadUInt32LittleEndian(_bytes.AsSpan(AlignmentOffset)), 1u << 21);

    /// <summary>Where its 64-bit entry lies, from where it is loaded.</summary>
    public static int Entry => Entry64Offset;

    private int Flags => BinaryPrimitives.ReadUInt16LittleEndian(_bytes.AsSpan(XLoadFlags));

    /// <summary>Copies the setup header into a page of boot parameters.</summary>
    public void CopyHeader(Span<byte> bootParameters)
    {
        var end = Magic + _bytes[HeaderEnd];
        _bytes.AsSpan(SetupSects, end - SetupSects).CopyTo(bootParameters[SetupSects..]);
    }
}
