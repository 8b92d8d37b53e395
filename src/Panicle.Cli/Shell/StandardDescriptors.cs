using System.Runtime.InteropServices;

namespace Panicle.Cli;

/// <summary>
/// Sees to it that descriptors 0, 1 and 2 are what the caller gave. Where one is closed, the runtime's own files have taken its
/// number by now, and the shell would read commands from one of them. Those are never inherited (close-on-exec is set), which
/// tells them apart; the program is then started anew with /dev/null in the gaps. The one in place of standard output can't be
/// written to: what was asked for and is lost has to fail.
/// </summary>
internal static unsafe partial class StandardDescriptors
{
    private const int GetFlags = 1; // F_GETFD
    private const int CloseOnExec = 1; // FD_CLOEXEC
    private const int ReadOnly = 0; // O_RDONLY
    private const int WriteOnly = 1; // O_WRONLY
    private const int Output = 1; // STDOUT_FILENO
    private const int Errors = 2; // STDERR_FILENO

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
            var empty = OpenBeyond(name, ReadOnly);
            var sink = OpenBeyond(name, WriteOnly);
            if (empty < 0 || sink < 0)
                return false;
            // From here on the runtime lacks files of its own: nothing but system calls. Close-on-exec isn't duplicated.
            foreach (var descriptor in missing)
                _ = Duplicate(descriptor <= Output ? empty : sink, descriptor);
            _ = Execute(path, arguments);
            Exit(ExitCode.Input);
        }
        return false;
    }

    // A number that isn't one of the three: those are filled from it.
    private static int OpenBeyond(byte* name, int flags)
    {
        int descriptor;
        do
            descriptor = Open(name, flags);
        while (descriptor is >= 0 and <= Errors);
        return descriptor;
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
