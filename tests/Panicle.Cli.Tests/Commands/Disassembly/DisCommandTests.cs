using System.Text.RegularExpressions;

namespace Panicle.Cli.Tests.Commands.Disassembly;

/// <summary>What crash 9.0.2 shows of the same kernel (6.1.0-56-cloud-amd64), addresses left out: they are random.</summary>
public sealed partial class DisCommandTests : IDisposable
{
    private static readonly string[] SysrqHandleCrash =
    [
        "<sysrq_handle_crash>:\tnopl   0x0(%rax,%rax,1) [FTRACE NOP]",
        "<sysrq_handle_crash+5>:\tcall   ADDRESS <__rcu_read_unlock>",
        "<sysrq_handle_crash+10>:\tmov    $ADDRESS,%rdi",
        "<sysrq_handle_crash+17>:\tcall   ADDRESS <panic>",
        "<sysrq_handle_crash+22>:\tcs nopw 0x0(%rax,%rax,1)",
    ];

    private readonly SampleDump _dump = SampleDump.NullDeref();

    public void Dispose() => _dump.Dispose();

    [Fact]
    public void A_function() => Assert.Equal(SysrqHandleCrash, Shown("dis sysrq_handle_crash"));

    [Fact]
    public void A_place_gives_one_instruction_or_so_many()
    {
        Assert.Equal(SysrqHandleCrash[3..4], Shown("dis sysrq_handle_crash+17"));
        Assert.Equal(SysrqHandleCrash[3..], Shown("dis sysrq_handle_crash+17 2"));
        Assert.Equal(SysrqHandleCrash[..2], Shown("dis sysrq_handle_crash 2"));
        var address = _dump.Run("dis sysrq_handle_crash+17").Output[..18];
        Assert.Equal(SysrqHandleCrash[3..4], Shown($"dis {address}"));
    }

    [Fact]
    public void Up_to_a_place_and_from_it_to_the_end()
    {
        Assert.Equal(SysrqHandleCrash[..4], Shown("dis -r sysrq_handle_crash+17"));
        Assert.Equal(SysrqHandleCrash[..4], Shown("dis -r sysrq_handle_crash+19")); // within the instruction
        Assert.Equal(SysrqHandleCrash[2..4], Shown("dis -r sysrq_handle_crash+17 2"));
        Assert.Equal(SysrqHandleCrash[3..], Shown("dis -f sysrq_handle_crash+17"));
        Assert.Equal(SysrqHandleCrash[1..2], Shown("dis -f sysrq_handle_crash+5 1"));
    }

    // Labels within it, which others jump to, are symbols: the first comes after 40 bytes.
    [Fact]
    public void Assembler_code_runs_to_its_end()
    {
        var lines = Shown("dis entry_SYSCALL_64");
        Assert.Contains(lines, line => line.StartsWith("<entry_SYSCALL_64_after_hwframe>:", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.EndsWith("call   ADDRESS <do_syscall_64>", StringComparison.Ordinal));
    }

    [Fact]
    public void Offsets_in_hexadecimal() =>
        Assert.Equal("<sysrq_handle_crash+0x11>:\tcall   ADDRESS <panic>", Assert.Single(Shown("dis -x sysrq_handle_crash+17")));

    [Fact]
    public void Code_and_data_of_a_module()
    {
        var lines = Shown("dis crashme_null_deref");
        Assert.Contains("<crashme_null_deref+60>:\tmov    0x243d(%rip),%rax        # ADDRESS <crashme_nothing>", lines);
        Assert.Equal("<crashme_inner+15>:\tmov    (%rax),%rax", Shown("dis crashme_inner+15").Single());
    }

    [Fact]
    public void Json_has_bytes_and_targets()
    {
        var call = _dump.Run("dis sysrq_handle_crash --json").Result.GetProperty("instructions")[3];
        Assert.Equal(17, call.GetProperty("offset").GetInt32());
        Assert.StartsWith("e8", call.GetProperty("bytes").GetString());
        Assert.Equal("panic", call.GetProperty("targetSymbol").GetString());
    }

    [Fact]
    public void What_is_not_there_is_an_error()
    {
        Assert.StartsWith("dis: 'no_such_function' is neither a symbol nor an address", _dump.Run("dis no_such_function").Errors);
        Assert.Equal("dis: there is no symbol or enumerator nope\n  (nope+1)\n   ^\n", _dump.Run("dis (nope+1)").Errors);
        Assert.Equal("dis: the code ends early: 0x0 is not mapped\n", _dump.Run("dis 0x0").Errors);
    }

    private IEnumerable<string> Shown(string line) =>
        _dump.Run(line).Lines.Select(text => AnyAddress().Replace(text[(text.IndexOf(' ') + 1)..], "ADDRESS"));

    [GeneratedRegex("0xffffffff[0-9a-f]{8}")]
    private static partial Regex AnyAddress();
}
