using System.Runtime.InteropServices;
using System.Text;
using Panicle.Kdump.Initramfs;

namespace Panicle.Kdump.Capture;

/// <summary>Loads the modules of the initramfs, in the order that was worked out when it was made: finit_module(2).</summary>
internal static unsafe class ModuleLoader
{
    private static nint InsertCall => RuntimeInformation.ProcessArchitecture switch
    {
        Architecture.X64 => 313,
        Architecture.Ppc64le => 353,
        Architecture.S390x => 344,
        _ => 273,
    };

    /// <summary>Loads them all. One that can't be loaded is said, and the others are loaded all the same.</summary>
    public static void LoadAll(CaptureLog log)
    {
        var loaded = 0;
        foreach (var name in SystemRoot.Live.ReadLines($"/{CaptureInitramfs.ModuleOrder}").Where(line => line.Length > 0))
        {
            var path = $"/{CaptureInitramfs.ModuleDirectory}/{name}.ko";
            if (Load(path) is { } error)
            {
                log.Say($"module {name}: {error}");
                continue;
            }
            File.Delete(path); // It lies in memory.
            loaded++;
        }
        log.Say($"{loaded} modules loaded");
    }

    private static string? Load(string path)
    {
        try
        {
            using var file = File.OpenHandle(path);
            fixed (byte* parameters = Encoding.ASCII.GetBytes("\0"))
            {
                if (Native.Call(InsertCall, file.DangerousGetHandle(), (nint)parameters, 0, 0, 0) == 0
                    || Marshal.GetLastPInvokeError() == Native.AlreadyThere)
                    return null;
            }
            return Native.LastError;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return e.Message;
        }
    }
}
