using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Panicle.Kdump.Loading;

/// <summary>
/// Has the running kernel load the kernel that takes over when it panics: kexec_file_load(2), called directly; kexec_load(2)
/// where that isn't there.
/// </summary>
public static unsafe class CaptureKernel
{
    private const nint Unload = 1; // KEXEC_FILE_UNLOAD
    private const nint OnCrash = 2; // KEXEC_FILE_ON_CRASH
    private const nint NoInitramfs = 4; // KEXEC_FILE_NO_INITRAMFS

    // errno numbers are the same on all architectures that .NET runs on.
    private const int NotPermitted = 1; // EPERM
    private const int NotExecutable = 8; // ENOEXEC
    private const int NoMemory = 12; // ENOMEM
    private const int Busy = 16; // EBUSY
    private const int Invalid = 22; // EINVAL
    private const int NoSystemCall = 38; // ENOSYS
    private const int NotAvailable = 99; // EADDRNOTAVAIL
    private const int KeyRejected = 129; // EKEYREJECTED

    private static nint FileLoadCall => RuntimeInformation.ProcessArchitecture switch
    {
        Architecture.X64 => 320,
        Architecture.Arm64 or Architecture.RiscV64 => 294,
        Architecture.Ppc64le => 382,
        Architecture.S390x => 381,
        var other => throw new KexecException($"Panicle doesn't know the kexec calls of {other}"),
    };

    /// <summary>
    /// Loads a kernel with its initramfs and command line into the reserved memory, in the place of one that is there.
    /// </summary>
    /// <exception cref="KexecException">The kernel didn't take it.</exception>
    public static void Load(string kernel, string? initramfs, string commandLine)
    {
        if (!TryLoadFile(kernel, initramfs, commandLine))
            SegmentLoader.Load(SystemRoot.Live, kernel, initramfs, commandLine);
    }

    /// <summary>
    /// The same by the older kexec_load(2) alone, which needs no support of the kernel's for image formats. x86-64 only.
    /// </summary>
    /// <exception cref="KexecException">The kernel didn't take it.</exception>
    public static void LoadSegments(string kernel, string? initramfs, string commandLine) =>
        SegmentLoader.Load(SystemRoot.Live, kernel, initramfs, commandLine);

    // False if the kernel has no such call.
    private static bool TryLoadFile(string kernel, string? initramfs, string commandLine)
    {
        using var image = Open(kernel, "the capture kernel");
        using var archive = initramfs is null ? null : Open(initramfs, "the capture initramfs");
        var text = Encoding.UTF8.GetBytes($"{commandLine}\0");
        fixed (byte* pointer = text)
        {
            var flags = OnCrash | (archive is null ? NoInitramfs : 0);
            var initramfsHandle = archive?.DangerousGetHandle() ?? -1;
            if (Native.Call(FileLoadCall, image.DangerousGetHandle(), initramfsHandle, text.Length, (nint)pointer, flags) == 0)
                return true;
            var error = Marshal.GetLastPInvokeError();
            return error == NoSystemCall && RuntimeInformation.ProcessArchitecture == Architecture.X64
                ? false
                : throw Failed($"{kernel} was not loaded", error);
        }
    }

    /// <summary>Unloads whatever capture kernel is loaded.</summary>
    /// <exception cref="KexecException">The kernel refused.</exception>
    public static void UnloadAny()
    {
        if (Native.Call(FileLoadCall, -1, -1, 0, 0, Unload | OnCrash) != 0
            && !(RuntimeInformation.ProcessArchitecture == Architecture.X64 && SegmentLoader.Unload()))
            throw Failed("nothing was unloaded", Marshal.GetLastPInvokeError());
    }

    private static SafeFileHandle Open(string path, string what)
    {
        try
        {
            return File.OpenHandle(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new KexecException($"{what} can't be read: {e.Message}");
        }
    }

    private static KexecException Failed(string what, int error) => new($"{what}: {error switch
    {
        NotPermitted =>
            "the kernel permits it to root only, and not under lockdown for an unsigned image, "
                + "nor with kernel.kexec_load_disabled=1",
        NotExecutable => "that is no kernel image that the running kernel can start",
        NoMemory => "it doesn't fit into the reserved memory, or that is more than half of what the kernel has left for itself",
        Busy => "another kexec call is under way",
        Invalid => "the image, its signature or the command line was refused; dmesg may say why",
        NoSystemCall => "the running kernel has no kexec_file_load (CONFIG_KEXEC_FILE)",
        NotAvailable => "no memory is reserved for it: the command line needs crashkernel=",
        KeyRejected => "its signature is not by a key that the kernel trusts (Secure Boot)",
        _ => Marshal.GetPInvokeErrorMessage(error),
    }}");
}
