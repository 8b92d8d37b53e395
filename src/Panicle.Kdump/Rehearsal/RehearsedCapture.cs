using System.ComponentModel;
using Panicle.Dumps;
using Panicle.Dumps.Writing;
using Panicle.Formats.Elf;
using Panicle.Kdump.Configuration;
using Panicle.Kdump.Initramfs;
using Panicle.Kdump.Save;
using Panicle.Kdump.Ssh;
using Panicle.Kdump.Targets;

namespace Panicle.Kdump.Rehearsal;

/// <summary>
/// What <c>/init</c> does in a rehearsal: reads the configuration, saves a dump of one page with the code, the compression and
/// the format of a capture, reads it back, and starts the programs that the targets need.
/// </summary>
internal static class RehearsedCapture
{
    /// <summary>The first line that it prints: its program runs.</summary>
    public const string Begun = "rehearsal";

    private const string Folder = "/tmp/rehearsal";
    private const string Source = $"{Folder}/memory";
    private const string Saved = $"{Folder}/dump";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    public static int Run()
    {
        Console.Out.WriteLine(Begun);
        try
        {
            var path = $"/{CaptureInitramfs.ConfigurationPath}";
            var configuration = EffectiveConfiguration.Parse(path, SystemRoot.Live.TryRead(path)
                ?? throw new IOException($"there is no {path} in it"));
            CheckModules();
            SavePage(configuration);
            foreach (var target in new[] { configuration.Target, configuration.Fallback }.OfType<TargetAddress>())
                StartPrograms(target);
            var missing = SystemRoot.Live.ReadLines($"/{CaptureInitramfs.ModulesMissing}");
            if (missing.Count == 0)
                return CaptureRehearsal.Good;
            Console.Out.WriteLine($"it lacks {string.Join(", ", missing)}");
            return CaptureRehearsal.NotTried;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or DumpException or TargetException
            or FormatException or Win32Exception or DllNotFoundException)
        {
            Console.Out.WriteLine(e.Message);
            return CaptureRehearsal.Failed;
        }
    }

    private static void CheckModules()
    {
        foreach (var name in SystemRoot.Live.ReadLines($"/{CaptureInitramfs.ModuleOrder}").Where(line => line.Length > 0))
            if (!File.Exists($"/{CaptureInitramfs.ModuleDirectory}/{name}.ko"))
                throw new IOException($"there is no module {name} in it");
    }

    private static void SavePage(EffectiveConfiguration configuration)
    {
        var page = new byte[Environment.SystemPageSize];
        for (var i = 0; i < page.Length; i++)
            page[i] = (byte)(i / 64);
        Directory.CreateDirectory(Folder);
        File.WriteAllBytes(Source, MakeMemory(page));
        var compression = Enum.Parse<DumpCompression>(configuration["compress"], ignoreCase: true);
        DumpSaver.Save([Source], Saved, new SaveOptions
        {
            Level = 0,
            Compression = compression,
            Format = Enum.Parse<SaveFormat>(configuration["format"], ignoreCase: true),
            SideFiles = false,
            Force = true,
        });
        using var dump = DumpReader.Open(Saved);
        var read = new byte[page.Length];
        if (!dump.TryRead((ulong)page.Length, read, out var fault))
            throw new IOException($"the page that it saved can't be read back: {fault}");
        if (!read.AsSpan().SequenceEqual(page))
            throw new IOException("the page that it saved is another one when it is read back");
        Console.Out.WriteLine($"a page was saved with {configuration["compress"]} and read back");
    }

    // An ELF core with one page, not at 0.
    private static byte[] MakeMemory(byte[] page)
    {
        var bytes = new byte[page.Length * 2];
        new ElfHeader
        {
            Type = ElfHeader.Core,
            Machine = ElfMachine.NumberOf(Machine.Read(SystemRoot.Live).Architecture),
            ProgramHeaders = ElfHeader.Bytes,
            ProgramHeaderCount = 1,
        }.Write(bytes);
        new ElfProgramHeader(ElfProgramHeader.Load, ElfProgramHeader.AllAccess, page.Length, 0, (ulong)page.Length,
            (ulong)page.Length, (ulong)page.Length).Write(bytes.AsSpan(ElfHeader.Bytes));
        page.CopyTo(bytes, page.Length);
        return bytes;
    }

    // Nothing is connected to: ssh -G reads its configuration and who it is, and what it is started with.
    private static void StartPrograms(TargetAddress target)
    {
        if (target.Kind == TargetKind.Ssh)
        {
            Start(SshProgram.Path, "-V");
            Start(SshProgram.Path, ["-G", .. SshProgram.Arguments(target, SshProgram.Key, Patience)]);
        }
        else if (target.Kind == TargetKind.Https)
            Start(CurlSink.Program, "--version");
    }

    private static void Start(string program, params string[] arguments)
    {
        var run = ProgramRun.Of(program, arguments, Patience)
            ?? throw new IOException($"{program} {arguments[0]} doesn't end");
        if (run.ExitCode != 0)
            throw new IOException($"{program} {arguments[0]} ends with {run.ExitCode}: {run.Complaint}");
        if (arguments is [_])
            Console.Out.WriteLine($"{program} runs");
    }
}
