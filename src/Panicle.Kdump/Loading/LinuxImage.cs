using Panicle.Formats.Boot;

namespace Panicle.Kdump.Loading;

/// <summary>An x86 kernel image that is to be started without its boot loader's setup code.</summary>
internal sealed class LinuxImage
{
    /// <summary>Where the 64-bit entry lies, from where the image is loaded (Documentation/arch/x86/boot.rst).</summary>
    public const int Entry = 0x200;

    private const int LeastBytes = 0x1000;
    private const uint LeastAlignment = 1u << 21;

    private readonly byte[] _bytes;

    public LinuxImage(byte[] bytes)
    {
        _bytes = bytes;
        if (bytes.Length < LeastBytes || !SetupHeader.IsOf(bytes))
            throw new KexecException("that is no x86 kernel image (bzImage)");
        if (!Header.Has64BitEntry || !Header.CanLieAnywhere)
            throw new KexecException("that kernel image has no 64-bit entry, or can't be loaded anywhere");
    }

    /// <summary>What lies in memory, compressed as it is.</summary>
    public ReadOnlySpan<byte> Code => _bytes.AsSpan(Header.Code);

    /// <summary>How much memory it needs from there on before it knows of any.</summary>
    public uint InitSize => Header.InitSize;

    /// <summary>What its address must be a multiple of.</summary>
    public uint Alignment => Math.Max(Header.Alignment, LeastAlignment);

    private SetupHeader Header => SetupHeader.TryRead(_bytes, out var header) ? header : default;

    /// <summary>Copies the setup header into a page of boot parameters.</summary>
    public void CopyHeader(Span<byte> bootParameters) => Header.CopyTo(bootParameters);
}
