using System.Buffers.Binary;

namespace Panicle.Formats.Boot;

/// <summary>
/// The header with which a bootable x86 image (<c>vmlinuz</c>, <c>bzImage</c>) tells boot loaders what it is and where its parts
/// lie (Documentation/arch/x86/boot.rst). Offsets are from the start of the image.
/// </summary>
public readonly ref struct SetupHeader
{
    /// <summary>How many of an image's first bytes it takes to read everything in the header.</summary>
    public const int Bytes = 0x264;

    private const int First = 0x1f1; // setup_sects, where the header begins
    private const int EndByte = 0x201; // says how far behind it the header goes
    private const int Magic = 0x202;
    private const int SectorBytes = 512;
    private const int SectorsOfOldImages = 4;

    private readonly ReadOnlySpan<byte> _image;

    private SetupHeader(ReadOnlySpan<byte> image) => _image = image;

    /// <summary>The boot protocol's version: 0x0208 is 2.08.</summary>
    public ushort Version => BinaryPrimitives.ReadUInt16LittleEndian(_image[0x206..]);

    /// <summary>Where the code begins that lies in memory: behind the boot sector and the setup code.</summary>
    public int Code => ((_image[First] == 0 ? SectorsOfOldImages : _image[First]) + 1) * SectorBytes;

    /// <summary>The address of the loaded code must be a multiple of it.</summary>
    public uint Alignment => BinaryPrimitives.ReadUInt32LittleEndian(_image[0x230..]);

    /// <summary>XLF_KERNEL_64: there is an entry for 64-bit boot loaders, 0x200 bytes into the code.</summary>
    public bool Has64BitEntry => (LoadFlags & 1) != 0;

    /// <summary>XLF_CAN_BE_LOADED_ABOVE_4G: no part of it needs to lie below 4 GB.</summary>
    public bool CanLieAnywhere => (LoadFlags & 2) != 0;

    /// <summary>Where the compressed kernel lies, from <see cref="Code"/> on (since 2.08).</summary>
    public uint PayloadOffset => BinaryPrimitives.ReadUInt32LittleEndian(_image[0x248..]);

    /// <summary>How many bytes the compressed kernel has (since 2.08).</summary>
    public uint PayloadLength => BinaryPrimitives.ReadUInt32LittleEndian(_image[0x24c..]);

    /// <summary>How many bytes of memory the kernel needs before it knows of any (since 2.10).</summary>
    public uint InitSize => BinaryPrimitives.ReadUInt32LittleEndian(_image[0x260..]);

    private ushort LoadFlags => BinaryPrimitives.ReadUInt16LittleEndian(_image[0x236..]);

    /// <summary>Reads the header of an image; false if these aren't the first bytes of one.</summary>
    /// <param name="image">At least its first <see cref="Bytes"/> bytes.</param>
    /// <param name="header">The header, which reads out of <paramref name="image"/>.</param>
    public static bool TryRead(ReadOnlySpan<byte> image, out SetupHeader header)
    {
        header = new SetupHeader(image);
        return IsOf(image);
    }

    /// <summary>Whether these are the first bytes of an x86 kernel image.</summary>
    public static bool IsOf(ReadOnlySpan<byte> image) => image.Length >= Bytes && image[Magic..].StartsWith("HdrS"u8);

    /// <summary>Copies the header to its place in a page of boot parameters (<c>struct boot_params</c>).</summary>
    public void CopyTo(Span<byte> bootParameters)
    {
        var end = Magic + _image[EndByte];
        _image[First..end].CopyTo(bootParameters[First..]);
    }
}
