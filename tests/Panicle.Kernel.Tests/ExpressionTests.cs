using Panicle.Kernel.Expressions;
using Panicle.Symbols;

namespace Panicle.Kernel.Tests;

/// <summary>Values are C's: each line was also compiled with gcc, or compared with crash's p.</summary>
public sealed class ExpressionTests
{
    [Theory]
    [InlineData("-1 > 1u", 1)]
    [InlineData("(unsigned char)300", 44)]
    [InlineData("(signed char)200", -56)]
    [InlineData("0x7fffffff + 1 < 0", 1)]
    [InlineData("0xffffffff + 1", 0)]
    [InlineData("0xffffffffUL + 1", 0x100000000)]
    [InlineData("017 + 0b11", 18)]
    [InlineData("'A' + '\\n'", 75)]
    [InlineData("~0u >> 31", 1)]
    [InlineData("-8 >> 1", -4)]
    [InlineData("1 ? 2 : 3 ? 4 : 5", 2)]
    [InlineData("0 && 1 / 0", 0)]
    [InlineData("1 || *(int *)0", 1)]
    [InlineData("sizeof(int) * 2 + sizeof init_task.comm", 24)]
    [InlineData("&init_task.comm[3] - &init_task.comm[1]", 2)]
    [InlineData("(struct list_head *)0x100 + 2", 0x120)]
    [InlineData("(unsigned long)&((struct task_struct *)0)->pid", 2416)]
    [InlineData("!init_task.pid", 1)]
    [InlineData("PIDTYPE_SID", 3)]
    [InlineData("*&init_task.tgid", 0)]
    [InlineData("&(rcu_state) == &rcu_state", 1)] // a variable's name that is a structure's tag, too
    [InlineData("((task_struct *)&init_task)->pid", 0)]
    [InlineData("(u8)257 + (bool)256", 2)]
    public void Computes_as_C_does(string text, long expected)
    {
        var kernel = Samples.NullDeref;
        Assert.Equal(expected, ExpressionEvaluator.Evaluate(text, new ExpressionScope(kernel)).ToInt64());
    }

    [Theory]
    [InlineData("init_task.nosuch + 1", 10, "no member nosuch")]
    [InlineData("1 + nosuch", 4, "no symbol or enumerator nosuch")]
    [InlineData("1 +", 3, "ends early")]
    [InlineData("(1 + 2", 6, "')' should stand here")]
    [InlineData("init_task.pid = 3", 14, "a dump isn't changed")]
    [InlineData("panic(1)", 5, "can't be called")]
    [InlineData("(struct nosuch *)1", 1, "no type 'struct nosuch *'")]
    [InlineData("5 # 6", 2, "'#' has no meaning here")]
    [InlineData("1 / (2 - 2)", 2, "division by zero")]
    [InlineData("1 << 99", 2, "more than the 32 bits")]
    public void Errors_point_at_the_place(string text, int position, string reason)
    {
        var kernel = Samples.NullDeref;
        var failure = Assert.Throws<ExpressionException>(() => ExpressionEvaluator.Evaluate(text, new ExpressionScope(kernel)));
        Assert.Contains(reason, failure.Reason);
        Assert.Equal(position, failure.Position);
        Assert.EndsWith($"\n  {text}\n  {new string(' ', position)}^", failure.Message);
    }

    [Theory]
    [InlineData("65536 * 65536", 0x100000000)]
    [InlineData("0xffffffff + 1", 0x100000000)]
    [InlineData("1 << 40", 1L << 40)]
    [InlineData("(int)7 << 33", 7L << 33)]
    [InlineData("-1 * 0x100000000", -0x100000000)]
    [InlineData("~0 << 12", -4096)]
    [InlineData("0xffffffff81000000 + 0x100", unchecked((long)0xffffffff81000100))]
    [InlineData("0xffffffffffffffff * 2", -2)]
    [InlineData("0 - 1", -1)]
    public void Sums_can_be_counted_in_64_bits(string text, long expected) =>
        Assert.Equal(expected, ExpressionEvaluator.Evaluate(text, Wide).ToInt64());

    [Theory]
    [InlineData("0x100000000 * 0x100000000", "the result doesn't fit in 64 bits")]
    [InlineData("0x8000000000000000 + 0x8000000000000000", "the result doesn't fit in 64 bits")]
    [InlineData("3 << 63", "the result doesn't fit in 64 bits")]
    [InlineData("1 << 64", "more than the 64 bits")]
    [InlineData("18446744073709551616", "18446744073709551616 doesn't fit in 64 bits")]
    [InlineData("0x10000000000000000", "0x10000000000000000 doesn't fit in 64 bits")]
    [InlineData("0xg", "'0xg' is not a number")]
    public void What_64_bits_can_not_hold_is_no_number(string text, string reason) =>
        Assert.Contains(reason, Assert.Throws<ExpressionException>(() => ExpressionEvaluator.Evaluate(text, Wide)).Reason);

    private static ExpressionScope Wide => new(Samples.NullDeref) { IsWide = true };

    [Fact]
    public void Any_text_is_a_value_or_an_error()
    {
        var kernel = Samples.NullDeref;
        var scope = new ExpressionScope(kernel) { CurrentTask = kernel.Crash.Task };
        string[] pieces =
        [
            "(", ")", "[", "]", "*", "&", "-", "->", ".", "+", "?", ":", "@", "<<", "/", "%", "sizeof", "current", "init_task",
            "pid", "mm", "1", "0", "0xffffffffffffffff", "(struct task_struct *)", "(int)", "comm", "tasks", "next", "'a'",
            "$rip", "!", "~", "==", "&&", "unsigned", ",",
        ];
        var random = new Random(1);
        var values = 0;
        for (var i = 0; i < 20_000; i++)
        {
            var text = string.Join(
                random.Next(2) == 0 ? " " : "",
                Enumerable.Range(0, random.Next(1, 9)).Select(_ => pieces[random.Next(pieces.Length)]));
            try
            {
                _ = new Values.ValueReader(kernel).Read(ExpressionEvaluator.Evaluate(text, scope));
                values++;
            }
            catch (ExpressionException)
            {
            }
        }
        Assert.True(values > 200, $"only {values} of the texts had a value");
    }

    [Fact]
    public void Known_globals_have_types_that_this_kernel_has()
    {
        var kernel = Samples.NullDeref;
        foreach (var name in Values.KnownGlobals.NamesIn(kernel))
        {
            if (kernel.Symbols.TryFind(name, out _))
                Assert.True(Values.KnownGlobals.TypeOf(name, kernel) is { Size: > 0 } or { Kind: TypeKind.Array }, name);
        }
    }
}
