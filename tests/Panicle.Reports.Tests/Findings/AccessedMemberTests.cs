using Panicle.Kernel;
using Panicle.Kernel.Unwind;
using Panicle.Logs.Decoding;
using Panicle.Reports.Decoding;
using Panicle.Symbols;

namespace Panicle.Reports.Tests.Findings;

/// <summary>What an access means in C, from the types of a function's parameters.</summary>
public class AccessedMemberTests
{
    /// <summary>vfs_read() looks at file->f_mode first, then at the file's operations (fs/read_write.c).</summary>
    [Fact]
    public void Read_looks_at_the_files_mode_and_operations()
    {
        foreach (var open in (Func<KernelDump>[])[SampleDumps.NullDeref, SampleDumps.Sysrq])
        {
            using var kernel = open();
            var members = MembersOf(kernel, "vfs_read");
            Assert.Equal(("file", "file", "f_mode"), members[0]);
            Assert.Contains(("file", "file", "f_op"), members);
            // One pointer further: file->f_op->read.
            Assert.Contains(("file->f_op", "file_operations", "read"), members);
        }
    }

    /// <summary>
    /// Where the answer would be a guess, there is none: an entry of a list is part of something that its type doesn't tell.
    /// </summary>
    [Fact]
    public void List_entries_tell_nothing()
    {
        using var kernel = SampleDumps.Sysrq();
        Assert.DoesNotContain(MembersOf(kernel, "rwsem_mark_wake"), member => member.Structure == "list_head");
    }

    private static List<(string Pointer, string Structure, string Path)> MembersOf(KernelDump kernel, string name)
    {
        Assert.True(kernel.Symbols.TryFind(name, out var function));
        return
        [
            .. from instruction in kernel.Code.Function(function).Instructions
               where !instruction.Text.StartsWith("nop", StringComparison.Ordinal)
                   && !instruction.Text.StartsWith("lea", StringComparison.Ordinal)
               let access = MemoryAccess.Of(instruction.Bytes.Span, kernel.Architecture.Processor, _ => null)
               where access is not null
               let frame = new StackFrame { Address = instruction.Address, StackAddress = 0, FoundBy = FoundBy.Registers,
                   Function = function }
               let member = AccessedMember.Find(kernel, frame, access)
               where member is not null
               select (member.Pointer, member.Structure, member.Path),
        ];
    }
}
