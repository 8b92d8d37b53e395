using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace Panicle.Kdump.Loading;

/// <summary>
/// Loads an x86-64 capture kernel with the older kexec_load(2), for kernels without kexec_file_load: here what the kernel would
/// do is done in user space: where everything lies in the reserved memory, the boot parameters, the ELF header of the old memory,
/// and the few instructions that enter the new kernel.
/// </summary>
internal sealed unsafe class SegmentLoader
{
    private const nint Call = 246; // kexec_load on x86-64
    private const nint OnCrash = 1; // KEXEC_ON_CRASH
    private const nint X8664 = 62 << 16; // KEXEC_ARCH_X86_64
    private const ulong PageSize = 4096;
    private const ulong Megabyte = 1 << 20;
    private const int Ram = 1; // E820 types
    private const int ReservedType = 2;
    private const int AcpiTables = 3;
    private const int AcpiStorage = 4;
    private const int MostE820 = 128;

    private readonly SystemRoot _root;
    private readonly IReadOnlyList<PhysicalPiece> _pieces;
    private readonly AddressRange _region;
    private readonly AddressRange[] _reserved;
    private readonly List<(byte[] Bytes, ulong Address, ulong Size)> _segments = [];
    private ulong _next;

    private SegmentLoader(SystemRoot root)
    {
        _root = root;
        _pieces = PhysicalMap.Read(root);
        _reserved = [.. _pieces.Where(piece => piece.Name == "Crash kernel").Select(piece => piece.Range)];
        if (_reserved.Length == 0)
            throw new KexecException("no memory is reserved for a capture kernel: the command line needs crashkernel=");
        _region = _reserved.MaxBy(range => range.Length);
        _next = _region.Start;
    }

    public static void Load(SystemRoot root, string kernel, string? initramfs, string commandLine) =>
        new SegmentLoader(root)
            .Load(new LinuxImage(File.ReadAllBytes(kernel)), initramfs is null ? [] : File.ReadAllBytes(initramfs), commandLine);

    /// <summary>Unloads whatever is loaded.</summary>
    public static bool Unload() => Native.Call(Call, 0, 0, 0, OnCrash | X8664, 0) == 0;

    private void Load(LinuxImage image, byte[] initramfs, string commandLine)
    {
        var core = CoreHeader.Make(_root, _pieces, _reserved);
        var coreAt = Place(core, core.Length);
        var text = Encoding.UTF8.GetBytes($"{commandLine} elfcorehdr=0x{coreAt:x}\0");
        var textAt = Place(text, text.Length);
        var parameters = new byte[PageSize];
        var parametersAt = Place(parameters, parameters.Length);
        var entry = new byte[PageSize];
        var entryAt = Place(entry, entry.Length);
        _next = (_next + image.Alignment - 1) / image.Alignment * image.Alignment;
        var imageAt = Place(image.Code.ToArray(), image.InitSize);
        var initramfsAt = Place(initramfs, initramfs.Length);
        WriteParameters(parameters, image, (initramfsAt, (ulong)initramfs.Length), textAt,
            new AddressRange(coreAt, coreAt + Pages((ulong)core.Length)));
        WriteEntry(entry, entryAt, parametersAt, imageAt + (ulong)LinuxImage.Entry);
        Submit(entryAt);
    }

    private ulong Place(byte[] bytes, long size)
    {
        var address = _next;
        _next += Pages((ulong)size);
        if (_next > _region.End)
            throw new KexecException($"kernel and initramfs don't fit into the {_region.Length >> 20} MB that are reserved");
        if (bytes.Length > 0)
            _segments.Add((bytes, address, Pages((ulong)size)));
        return address;
    }

    // Documentation/arch/x86/zero-page.rst.
    private void WriteParameters(
        byte[] page, LinuxImage image, (ulong Address, ulong Size) initramfs, ulong commandLine, AddressRange core)
    {
        image.CopyHeader(page);
        page[0x210] = 0xd0; // type_of_loader: kexec
        Split(page, 0x218, 0x0c0, initramfs.Address); // ramdisk_image
        Split(page, 0x21c, 0x0c4, initramfs.Size); // ramdisk_size
        Split(page, 0x228, 0x0c8, commandLine); // cmd_line_ptr
        if (AcpiRoot() is { } acpi)
            BinaryPrimitives.WriteUInt64LittleEndian(page.AsSpan(0x070), acpi); // acpi_rsdp_addr
        var entries = new List<(AddressRange Range, int Type)> { (new AddressRange(0, Megabyte), Ram) };
        entries.AddRange(_pieces.Where(piece => piece.Range.Start >= Megabyte).Select(piece => (piece.Range, TypeOf(piece.Name)))
            .Where(entry => entry.Item2 != 0));
        entries.AddRange(_reserved.SelectMany(range => CoreHeader.Without(range, [core])).Select(range => (range, Ram)));
        page[0x1e8] = (byte)Math.Min(entries.Count, MostE820);
        for (var i = 0; i < entries.Count && i < MostE820; i++)
        {
            var entry = page.AsSpan(0x2d0 + i * 20);
            BinaryPrimitives.WriteUInt64LittleEndian(entry, entries[i].Range.Start);
            BinaryPrimitives.WriteUInt64LittleEndian(entry[8..], entries[i].Range.Length);
            BinaryPrimitives.WriteInt32LittleEndian(entry[16..], entries[i].Type);
        }
    }

    private static int TypeOf(string name) => name switch
    {
        "ACPI Tables" => AcpiTables,
        "ACPI Non-volatile Storage" => AcpiStorage,
        "Reserved" or "reserved" => ReservedType,
        _ => 0,
    };

    // Below 4 GB and above it, in two fields.
    private static void Split(byte[] page, int low, int high, ulong value)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(page.AsSpan(low), (uint)value);
        BinaryPrimitives.WriteUInt32LittleEndian(page.AsSpan(high), (uint)(value >> 32));
    }

    private ulong? AcpiRoot()
    {
        var line = _root.ReadLines("/sys/firmware/efi/systab")
            .FirstOrDefault(line => line.StartsWith("ACPI20=0x", StringComparison.Ordinal));
        return line is not null && ulong.TryParse(line["ACPI20=0x".Length..], System.Globalization.NumberStyles.AllowHexSpecifier,
            null, out var address) ? address : null;
    }

    // The 64-bit boot protocol wants flat segments: code 0x10, data 0x18; the address of the boot parameters in rsi; memory
    // mapped to itself, as kexec leaves it.
    private static void WriteEntry(byte[] page, ulong at, ulong parameters, ulong kernel)
    {
        const int Table = 0x100;
        const int Pointer = 0x140;
        ulong[] descriptors = [0, 0, 0x00af_9a00_0000_ffff, 0x00cf_9200_0000_ffff];
        for (var i = 0; i < descriptors.Length; i++)
            BinaryPrimitives.WriteUInt64LittleEndian(page.AsSpan(Table + i * 8), descriptors[i]);
        BinaryPrimitives.WriteUInt16LittleEndian(page.AsSpan(Pointer), (ushort)(descriptors.Length * 8 - 1));
        BinaryPrimitives.WriteUInt64LittleEndian(page.AsSpan(Pointer + 2), at + Table);
        var code = new List<byte>();
        code.AddRange([0x0f, 0x01, 0x15, .. BitConverter.GetBytes(Pointer - 7)]); // lgdt [rip + …]
        code.AddRange([0xb8, 0x18, 0, 0, 0]); // mov eax, 0x18
        code.AddRange([0x8e, 0xd8, 0x8e, 0xc0, 0x8e, 0xd0, 0x8e, 0xe0, 0x8e, 0xe8]); // mov ds, es, ss, fs, gs, eax
        code.AddRange([0x48, 0xbc, .. BitConverter.GetBytes(at + PageSize)]); // mov rsp, …
        code.AddRange([0x6a, 0x10]); // push 0x10
        var after = code.Count + 10 + 1 + 2;
        code.AddRange([0x48, 0xb8, .. BitConverter.GetBytes(at + (ulong)after), 0x50, 0x48, 0xcb]); // mov rax, …; push rax; retfq
        code.AddRange([0x48, 0xbe, .. BitConverter.GetBytes(parameters)]); // mov rsi, …
        code.AddRange([0x48, 0xb8, .. BitConverter.GetBytes(kernel), 0xff, 0xe0]); // mov rax, …; jmp rax
        code.CopyTo(page);
    }

    private void Submit(ulong entry)
    {
        // struct kexec_segment: buf, bufsz, mem, memsz.
        var table = new ulong[_segments.Count * 4];
        var pins = _segments.ConvertAll(segment => GCHandle.Alloc(segment.Bytes, GCHandleType.Pinned));
        try
        {
            for (var i = 0; i < _segments.Count; i++)
            {
                table[i * 4] = (ulong)pins[i].AddrOfPinnedObject();
                table[i * 4 + 1] = (ulong)_segments[i].Bytes.Length;
                table[i * 4 + 2] = _segments[i].Address;
                table[i * 4 + 3] = _segments[i].Size;
            }
            fixed (ulong* pointer = table)
            {
                if (Native.Call(Call, (nint)entry, _segments.Count, (nint)pointer, OnCrash | X8664, 0) != 0)
                    throw new KexecException($"kexec_load: {Native.LastError}");
            }
        }
        finally
        {
            pins.ForEach(pin => pin.Free());
        }
    }

    private static ulong Pages(ulong size) => (size + PageSize - 1) / PageSize * PageSize;
}
