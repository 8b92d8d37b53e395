using System.Runtime.InteropServices;

namespace Panicle.Cli;

/// <summary>
/// Sees to it that descriptors 0, 1 and 2 are what the caller gave. Where one is closed, the runtime's own files have taken its
/// number by now, and the shell would read commands from one of them. Those are never inherited (close-on-exec is set), which
/// tells them apart; the program is then started anew with /dev/null in the gaps.
/// </summary>
internal static unsafe partial class StandardDescriptors
{
    private const int GetFlags = 1; // F_GETFD
    private const int CloseOnExec = 1; // FD_CLOEXEC
    private const int ReadWrite = 2; // O_RDWR

    /// <summary>Fills the gaps. Comes back only if there are none, or nothing can be done about them.</summary>
    /// <returns>Whether all three are the caller's.</returns>
    public static bool Ensure()
    {
        int[] missing = [.. Enumerable.Range(0, 3).Where(descriptor => !IsGiven(descriptor))];
        return missing.Length == 0 || (Environment.ProcessId != 1 && StartAnew(missing));
    }

    private static bool IsGiven(int descriptor) =>
        Control(descriptor, GetFlags) is >= 0 and var flags && (flags & CloseOnExec) == 0;

    private static bool StartAnew(int[] missing)
    {
        byte[] line;
        try
        {
            line = File.ReadAllBytes("/proc/self/cmdline");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
        var program = "/proc/self/exe\0"u8.ToArray();
        var starts = Enumerable.Range(0, line.Length).Where(at => at == 0 || line[at - 1] == 0).ToArray();
        fixed (byte* words = line, path = program, name = "/dev/null\0"u8)
        {
            var arguments = (byte**)NativeMemory.AllocZeroed((nuint)(starts.Length + 1), (nuint)sizeof(byte*));
            for (var i = 0; i < starts.Length; i++)
                arguments[i] = words + starts[i];
            var nothing = Open(name, ReadWrite);
            if (nothing < 0)
                return false;
            // From here on the runtime lacks files of its own: nothing but system calls.
            foreach (var descriptor in missing)
            {
                if (descriptor != nothing)
                    _ = Duplicate(nothing, descriptor);
            }
            _ = Execute(path, arguments);
            Exit(ExitCode.Input);
        }
        return false;
    }

    [LibraryImport("libc", EntryPoint = "fcntl")]
    private static partial int Control(int descriptor, int command);

    [LibraryImport("libc", EntryPoint = "open")]
    private static partial int Open(byte* path, int flags);

    [LibraryImport("libc", EntryPoint = "dup2")]
    private static partial int Duplicate(int from, int to);

    [LibraryImport("libc", EntryPoint = "execv")]
    private static partial int Execute(byte* path, byte** arguments);

    [LibraryImport("libc", EntryPoint = "_exit")]
    private static partial void Exit(int code);
}
