using System.Globalization;
using Panicle.Cli;
using Panicle.Cli.Rendering;
using Panicle.Dumps;
using Panicle.Dumps.Writing;
using Panicle.Formats.Streams;
using Panicle.Kdump.Save;
using Panicle.Kernel;
using Panicle.Kernel.Expressions;
using Panicle.Reports;

namespace Panicle.BadInput.Tests;

/// <summary>
/// What a dump says of itself is wrong: its types, unwind rules, names, log ring, lists of modules and tasks. Every command, the
/// report and saving get through it: they show what they can, say what they can't, and print no more than a person could want.
/// <c>PANICLE_FUZZ_SEED</c> makes other cases, <c>PANICLE_FUZZ_CASES</c> as many for each table.
/// </summary>
public sealed class TableDamageTests
{
    private const long MostOutput = 32 << 20;
    private const int SavingEvery = 3;

    private static readonly int Seed = Number("PANICLE_FUZZ_SEED") ?? 1;

    private static readonly int Cases = Number("PANICLE_FUZZ_CASES") ?? Effort.Choose(quick: 3, ordinary: 10, full: 60);

    private static readonly string[] WithOperands =
    [
        "log", "ps -m", "ps -t", "bt -a", "bt -l", "foreach bt", "foreach files", "dev -d", "dev -p", "kmem -i", "kmem -s",
        "kmem -v", "kmem -z", "kmem -f", "struct task_struct", "struct task_struct -o", "struct page", "p init_task",
        "p *init_task.mm", "whatis init_task",
        "list -H task_struct.tasks -s task_struct.pid init_task", "tree -t maple init_task", "rd init_task 64", "dis schedule",
        "sym schedule", "sym -m crashme", "vtop init_task", "mod -s crashme", "search -k deadbeef", "task", "files",
    ];

    public static TheoryData<string> Tables => [.. DamagedTables.Names];

    [Theory, MemberData(nameof(Tables))]
    public void A_table_that_lies_ends_nothing(string table)
    {
        using var copy = new DamagedTables();
        for (var i = 0; i < Cases; i++)
        {
            var number = Seed * 1000 + i;
            var what = copy.Damage(table, new Random(number));
            Run(copy.Path, $"seed {number}: {what}", withSaving: i % SavingEvery == 0);
            copy.Restore();
        }
    }

    [Theory]
    [InlineData(0x12345678, true, "BUG: kernel NULL pointer dereference")]
    [InlineData(0x12345678, false, "what tells of the crash can't be read: whether the machine had panicked isn't known")]
    [InlineData(uint.MaxValue, true, "the dump of a running machine: no CPU had panicked")]
    [InlineData(uint.MaxValue, false, "the dump of a running machine: no CPU had panicked")]
    public void A_machine_was_running_only_if_the_dump_says_so(uint cpu, bool hasLog, string title)
    {
        using var copy = new DamagedTables();
        copy.Set("panic_cpu", cpu);
        copy.Set("crashing_cpu", cpu);
        if (!hasLog)
            copy.Set("prb", 0);
        using var kernel = KernelDump.Open([copy.Path]);
        Assert.Equal(cpu == uint.MaxValue ? false : null, kernel.Crash.HasPanicked);
        var report = CrashReport.Read(kernel, cancellation: TestContext.Current.CancellationToken);
        Assert.StartsWith(title, report.Title);
        Assert.Equal(cpu == uint.MaxValue || hasLog, report.Response is not null);
    }

    [Fact]
    public void Sums_need_no_types()
    {
        using var copy = new DamagedTables();
        copy.Set("__start_BTF", 0);
        using var kernel = KernelDump.Open([copy.Path]);
        var scope = new ExpressionScope(kernel) { IsWide = true };
        var why = Assert.Throws<KernelReadException>(() => kernel.Types).Message;
        Assert.Equal(0x100000008u, ExpressionEvaluator.Evaluate("65536 * 65536 + sizeof(long)", scope).ToUInt64());
        foreach (var text in (string[])["(struct list_head *)8", "init_task", "(u64)1", "PIDTYPE_SID"])
            Assert.Contains(why, Assert.ThrowsAny<Exception>(() => ExpressionEvaluator.Evaluate(text, scope)).Message);
    }

    private static int? Number(string variable) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), CultureInfo.InvariantCulture, out var number) ? number : null;

    private static void Run(string file, string what, bool withSaving)
    {
        var said = new StringWriter();
        var saved = Formats.NewPath();
        try
        {
            using (var session = Session.Empty())
            {
                session.Open([file]);
                var commands = CommandTable.Commands();
                var lines = new LineRunner(new CommandRunner(session, commands), said);
                // Those without operands, by their names alone; what asks for an operand says so.
                var names = commands.Entries.Select(entry => entry.Name).Except(["quit", "q", "exit"]);
                foreach (var line in names.Concat(WithOperands))
                    lines.Run(line, new BoundedStream($"{what}: {line}"));
                Report(session.Kernel, what);
            }
            if (withSaving)
                DumpSaver.Save([file], saved, new SaveOptions
                {
                    Level = 31,
                    Threads = 1,
                    Compression = DumpCompression.None,
                    SideFiles = false,
                    Scrub = true,
                });
        }
        catch (Exception refusal) when (refusal is DumpException or KernelReadException)
        {
            said.WriteLine(refusal.Message);
        }
        catch (Exception bug)
        {
            Assert.Fail($"{what}: {bug}");
        }
        finally
        {
            File.Delete(saved);
        }
        var bugs = said.ToString().Split('\n').Where(line => line.Contains("bug in panicle", StringComparison.Ordinal));
        Assert.True(!bugs.Any(), $"{what}: {string.Join('\n', bugs)}");
    }

    private static void Report(KernelDump kernel, string what)
    {
        using var writer = new StreamWriter(new BoundedStream($"{what}: report"));
        ReportText.Write(CrashReport.Read(kernel), new TextOutput(writer, 100, CancellationToken.None));
    }

    private sealed class BoundedStream(string what) : WriteOnlyStream
    {
        private long _written;

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            _written += buffer.Length;
            if (_written > MostOutput)
                throw new InvalidOperationException($"bug in panicle: {what} prints more than {MostOutput} bytes");
        }
    }
}
