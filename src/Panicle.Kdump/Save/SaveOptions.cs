using Panicle.Dumps.Writing;
using Panicle.Kdump.Targets;
using Panicle.Kernel;

namespace Panicle.Kdump.Save;

/// <summary>The form that a dump is saved in.</summary>
public enum SaveFormat
{
    /// <summary>kdump-compressed (diskdump, version 6), as makedumpfile writes it.</summary>
    Kdump,

    /// <summary>An ELF core file.</summary>
    Elf,

    /// <summary>kdump-compressed, as a flattened stream.</summary>
    Flattened,
}

/// <summary>What is done on the way to a dump, and what a dump can be had without.</summary>
[Flags]
public enum OptionalWork
{
    /// <summary>Nothing but the dump itself.</summary>
    None = 0,

    /// <summary>The kernel's log as text.</summary>
    Log = 1,

    /// <summary>The report beside the dump.</summary>
    Report = 2,

    /// <summary>Telling pages apart; without it, all are kept.</summary>
    Filter = 4,

    /// <summary>Finding the secrets that are to be overwritten.</summary>
    Scrub = 8,
}

/// <summary>How a dump is saved.</summary>
public sealed record SaveOptions
{
    /// <summary>
    /// makedumpfile's dump level, 0 to 31; null leaves out what the input leaves out, or of <c>/proc/vmcore</c> all that the
    /// kernel doesn't need.
    /// </summary>
    public int? Level { get; init; }

    /// <summary>How pages are compressed.</summary>
    public DumpCompression Compression { get; init; } = DumpCompression.Zstd;

    /// <summary>The form of the file; kdump-compressed unless said otherwise.</summary>
    public SaveFormat Format { get; init; }

    /// <summary>How many threads work; as many as there are processors if null.</summary>
    public int? Threads { get; init; }

    /// <summary>Whether keys and users' data that the filter leaves are overwritten.</summary>
    public bool Scrub { get; init; }

    /// <summary>
    /// Whether no dump is written if not all of them can be found. Else the dump is kept, and what wasn't found is said.
    /// </summary>
    public bool ScrubOrRefuse { get; init; }

    /// <summary>What is left out since an earlier attempt was lost over it.</summary>
    public OptionalWork Without { get; init; }

    /// <summary>Is told which optional work begins; <see cref="OptionalWork.None"/> when it is over.</summary>
    public Action<OptionalWork>? Entering { get; init; }

    /// <summary>Is told now and then, by any thread, that work goes on where no pages are counted.</summary>
    public Action? Working { get; init; }

    /// <summary>How many files to split the dump into.</summary>
    public int Split { get; init; } = 1;

    /// <summary>Whether files that are there already are overwritten.</summary>
    public bool Force { get; init; }

    /// <summary>Whether the log and the report are written beside the dump.</summary>
    public bool SideFiles { get; init; } = true;

    /// <summary>
    /// Where the files go, if not into the file system: then the output is a name there, and the dump a flattened stream.
    /// </summary>
    public CrashSink? Sink { get; init; }

    /// <summary>Writes the report of a crash as text; null for none.</summary>
    public Action<KernelDump, TextWriter>? Report { get; init; }

    /// <summary>Is told what is being done, in sentences.</summary>
    public Action<string>? Say { get; init; }

    /// <summary>Is told how far writing the dump has come.</summary>
    public Action<WriteProgress>? Progress { get; init; }
}
