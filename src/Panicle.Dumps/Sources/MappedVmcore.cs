using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Panicle.Dumps.Sources;

/// <summary>
/// <c>/proc/vmcore</c>, mapped (mmap(2)) a window at a time: to read from it, the kernel maps and unmaps every single page for
/// itself, which costs several times what copying the page does. What can't be mapped is read. Unlike other files it can't
/// shrink, and its pages are memory already: nothing can fail at an access. A read fails where a mapping wouldn't, though: memory
/// that this kernel uses itself is refused to the one, and comes overwritten through the other. So a window is mapped only if its
/// first and last page can be read.
/// </summary>
internal sealed unsafe partial class MappedVmcore : ByteSource
{
    private const int WindowShift = 22;
    private const int CopyBytes = 4096;
    private const int Bulk = 8 * CopyBytes;
    private const int MostWindows = 8;
    private const int AskedFor = 64;
    private const int ReadOnly = 1; // PROT_READ
    private const int Private = 2; // MAP_PRIVATE

    private readonly FileSource _file;
    private readonly SafeFileHandle _handle;
    private readonly Lock _lock = new();
    private readonly Window[] _windows = new Window[MostWindows];

    // The windows that were asked for lately: one is mapped when it is wanted for the second time, or for many pages at once.
    private readonly long[] _asked = new long[AskedFor];
    private int _hand;
    private bool _canMap = true;

    /// <summary>Takes ownership of the file.</summary>
    public MappedVmcore(FileSource file)
    {
        _file = file;
        _handle = file.Handle;
        Array.Fill(_asked, -1);
        for (var i = 0; i < MostWindows; i++)
            _windows[i] = new Window();
    }

    public override string Path => _file.Path;

    public override long Length => _file.Length;

    public override string? LastError => _file.LastError;

    /// <summary>How many times a window was mapped.</summary>
    public int Mappings { get; private set; }

    public override int Read(long offset, Span<byte> buffer)
    {
        var done = 0;
        while (done < buffer.Length)
        {
            var at = offset + done;
            var length = (int)Math.Min(buffer.Length - done, (((at >> WindowShift) + 1) << WindowShift) - at);
            var part = buffer.Slice(done, length);
            if (!TryCopy(at, part))
            {
                var count = _file.Read(at, part);
                if (count < length)
                    return done + count;
            }
            done += length;
        }
        return done;
    }

    /// <summary>Lends many pages at once: for few, a window is mapped as late as for reading them.</summary>
    public override BorrowedBytes Borrow(long offset, int length) => length >= Bulk ? Lend(offset, length) : default;

    protected override void Dispose(bool disposing)
    {
        foreach (var window in _windows)
            window.Unmap();
        _file.Dispose();
    }

    private bool TryCopy(long offset, Span<byte> part)
    {
        using var borrowed = Lend(offset, part.Length);
        if (borrowed.Bytes.IsEmpty)
            return false;
        Copy(borrowed.Bytes, part);
        return true;
    }

    // In steps: more at once becomes "rep movsb", which an emulated machine does byte by byte.
    private static void Copy(ReadOnlySpan<byte> from, Span<byte> to)
    {
        for (; from.Length > CopyBytes; from = from[CopyBytes..], to = to[CopyBytes..])
            from[..CopyBytes].CopyTo(to);
        from.CopyTo(to);
    }

    private BorrowedBytes Lend(long offset, int length)
    {
        lock (_lock)
        {
            var window = Find(offset >> WindowShift, length);
            var within = offset & ((1L << WindowShift) - 1);
            return window is null || within + length > window.Length ? default : window.Lend(within, length);
        }
    }

    private Window? Find(long number, int length)
    {
        foreach (var window in _windows)
        {
            if (window.Number == number)
                return window;
        }
        ref var asked = ref _asked[number % AskedFor];
        if (asked == number || length >= Bulk)
            return _canMap ? Map(number) : null;
        asked = number;
        return null;
    }

    private Window? Map(long number)
    {
        var window = _windows[_hand++ % MostWindows];
        if (window.IsLent)
            return null;
        var length = Math.Min(1L << WindowShift, (Length - (number << WindowShift)) & ~(Environment.SystemPageSize - 1L));
        if (length <= 0 || !EndsCanBeRead(number << WindowShift, length))
            return null;
        window.Unmap();
        var address = mmap(0, (nuint)length, ReadOnly, Private, _handle, number << WindowShift);
        if (address == -1)
        {
            _canMap = false;
            return null;
        }
        Mappings++;
        (window.Number, window.Address, window.Length) = (number, address, length);
        return window;
    }

    private bool EndsCanBeRead(long offset, long length)
    {
        Span<byte> page = stackalloc byte[Environment.SystemPageSize];
        return _file.Read(offset, page) == page.Length && _file.Read(offset + length - page.Length, page) == page.Length;
    }

    [LibraryImport("libc", EntryPoint = "mmap64")]
    private static partial nint mmap(nint address, nuint length, int protection, int flags, SafeFileHandle file, long offset);

    [LibraryImport("libc")]
    private static partial int munmap(nint address, nuint length);

    private sealed class Window
    {
        private readonly Action _giveBack;
        private int _users;

        public Window() => _giveBack = () => Interlocked.Decrement(ref _users);

        public long Number { get; set; } = -1;

        public nint Address { get; set; }

        public long Length { get; set; }

        /// <summary>Whether somebody looks at its bytes at the moment.</summary>
        public bool IsLent => Volatile.Read(ref _users) > 0;

        /// <summary>Lends bytes, and stays where it is until they are given back.</summary>
        public BorrowedBytes Lend(long within, int length)
        {
            Interlocked.Increment(ref _users);
            return new BorrowedBytes(new ReadOnlySpan<byte>((byte*)Address + within, length), _giveBack);
        }

        public void Unmap()
        {
            if (Number >= 0)
                _ = munmap(Address, (nuint)Length);
            Number = -1;
        }
    }
}
