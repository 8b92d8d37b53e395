using Panicle.Kernel.Sched;
using Panicle.Kernel.Values;

namespace Panicle.Kernel.Fs;

/// <summary>
/// Reads what files tasks have open (<c>files_struct</c>, include/linux/fdtable.h) and where they are. Resolves where
/// members lie once. Thread-safe.
/// </summary>
public sealed class OpenFiles
{
    private const uint MostDescriptors = 1 << 24; // Sixteen times the kernel's default fs.nr_open.
    private const int ChunkBytes = 4096;

    private readonly KernelDump _kernel;
    private readonly PathResolver _paths;
    private readonly int _filesOfTask;
    private readonly int _fsOfTask;
    private readonly int _table;
    private readonly int _most;
    private readonly int _array;
    private readonly StructLayout _file;
    private readonly StructLayout _inode;
    private readonly int _cachedPages;

    internal OpenFiles(KernelDump kernel)
    {
        _kernel = kernel;
        _paths = kernel.Fs.Paths;
        var task = new StructLayout(kernel.Types, "struct task_struct");
        _filesOfTask = task.Offset("files");
        _fsOfTask = task.Offset("fs");
        _table = new StructLayout(kernel.Types, "struct files_struct").Offset("fdt");
        var table = new StructLayout(kernel.Types, "struct fdtable");
        _most = table.Offset("max_fds");
        _array = table.Offset("fd");
        _file = new StructLayout(kernel.Types, "struct file");
        _inode = new StructLayout(kernel.Types, "struct inode");
        _cachedPages = new StructLayout(kernel.Types, "struct address_space").OptionalOffset("nrpages");
    }

    /// <summary>The root directory that the task sees, or null if it has none (a thread of the kernel that has ended).</summary>
    public string? RootOf(KernelTask task) => FromFs(task, "root");

    /// <summary>The task's working directory, or null if it has none.</summary>
    public string? WorkingDirectoryOf(KernelTask task) => FromFs(task, "pwd");

    /// <summary>The program that the task runs, or null for a thread of the kernel.</summary>
    public string? ProgramOf(KernelTask task)
    {
        if (task.Mm == 0 || task.Value["mm"]["exe_file"].ToUInt64() is not (not 0 and var file))
            return null;
        return _paths.Resolve(PathOf(file));
    }

    /// <summary>The open files by descriptor. A file that can't be read is among them and says why.</summary>
    public IEnumerable<OpenFile> Of(KernelTask task)
    {
        var files = _kernel.Memory.ReadWord(task.Address + (ulong)_filesOfTask, "task_struct.files");
        if (files == 0)
            return [];
        var table = _kernel.Memory.ReadWord(files + (ulong)_table, "files_struct.fdt");
        var most = _kernel.Memory.ReadUInt32(table + (ulong)_most, "fdtable.max_fds");
        var array = _kernel.Memory.ReadWord(table + (ulong)_array, "fdtable.fd");
        return most <= MostDescriptors
            ? Descriptors(array, most).Select(open => Read(open.Descriptor, open.File))
            : throw new KernelReadException($"the table of open files at 0x{table:x} is damaged: {most} descriptors");
    }

    private IEnumerable<(int Descriptor, ulong File)> Descriptors(ulong array, uint most)
    {
        var words = _kernel.Memory.Words;
        var chunk = new byte[ChunkBytes];
        var end = words.At(0, most);
        for (ulong done = 0; done < end; done += ChunkBytes)
        {
            var length = (int)Math.Min(ChunkBytes, end - done);
            _kernel.Memory.Read(array + done, chunk.AsSpan(0, length), "fdtable.fd");
            for (var at = 0; at < length; at += words.Size)
            {
                if (words.ReadWord(chunk.AsSpan(at)) is var file and not 0)
                    yield return ((int)((done + (ulong)at) / (uint)words.Size), file);
            }
        }
    }

    private OpenFile Read(int descriptor, ulong address)
    {
        var file = new OpenFile(descriptor, address);
        try
        {
            var path = PathOf(address);
            var inode = Word(address, _file, "f_inode");
            var mapping = Word(address, _file, "f_mapping");
            file = file with
            {
                Dentry = path.Dentry,
                Inode = inode,
                Mapping = mapping,
                Position = (long)Word(address, _file, "f_pos"),
                Flags = _kernel.Memory.ReadUInt32(address + (ulong)_file.Offset("f_flags"), "file.f_flags"),
            };
            file = file with { Type = TypeOf(inode), CachedPages = CachedPagesOf(mapping) };
            var name = _paths.Resolve(path);
            // Inside, newer kernels call them ordinary files; nobody else sees that.
            var isAnonymous = name.StartsWith("anon_inode:", StringComparison.Ordinal);
            return file with { Path = name, Type = isAnonymous ? FileType.Unknown : file.Type };
        }
        catch (KernelReadException failure)
        {
            return file with { WhyIncomplete = failure.Message };
        }
    }

    /// <summary>The path of a <c>struct file</c>, as <c>/proc/PID/fd</c> shows it.</summary>
    /// <exception cref="KernelReadException">It can't be read.</exception>
    public string PathAt(ulong file) => _paths.Resolve(PathOf(file));

    /// <summary>What an inode is, by the upper four bits of its <c>i_mode</c>.</summary>
    public FileType TypeOf(ulong inode)
    {
        var type = (FileType)(_kernel.Memory.ReadUInt16(inode + (ulong)_inode.Offset("i_mode"), "inode.i_mode") & 0xf000);
        return Enum.IsDefined(type) ? type : FileType.Unknown;
    }

    private KernelPath PathOf(ulong file) => new(Word(file, _file, "f_path.mnt"), Word(file, _file, "f_path.dentry"));

    private ulong? CachedPagesOf(ulong mapping) =>
        mapping != 0 && _cachedPages >= 0 && _kernel.Memory.TryReadWord(mapping + (ulong)_cachedPages, out var pages)
            ? pages
            : null;

    private ulong Word(ulong address, StructLayout layout, string member) =>
        _kernel.Memory.ReadWord(address + (ulong)layout.Offset(member), member);

    private string? FromFs(KernelTask task, string member)
    {
        if (_kernel.Memory.ReadWord(task.Address + (ulong)_fsOfTask, "task_struct.fs") is not (not 0 and var fs))
            return null;
        var path = _kernel.At(fs, "struct fs_struct")[member];
        return _paths.Resolve(new KernelPath(path["mnt"].ToUInt64(), path["dentry"].ToUInt64()));
    }
}
