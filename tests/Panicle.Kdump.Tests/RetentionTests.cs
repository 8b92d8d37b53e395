using Panicle.Kdump.Retention;

namespace Panicle.Kdump.Tests;

public class RetentionTests
{
    private static readonly DateTime Now = new(2026, 11, 21, 4, 0, 0, DateTimeKind.Utc);

    // Ten crashes of 10 bytes, one a day; the newest is of today.
    private static readonly KeptCrash[] Crashes =
        [.. Enumerable.Range(0, 10)
            .Select(i => new KeptCrash($"{i}", $"/{i}", Now.AddDays(i - 9), null, null, null, null, null, null, 10, true))];

    private static string Expired(RetentionRule rule, ulong free = 1000) =>
        string.Concat(rule.Expired(Crashes, Now, 1000, free).Select(crash => crash.Name));

    [Theory]
    [InlineData(null, null, null, "")]
    [InlineData(3, null, null, "0123456")]
    [InlineData(20, null, null, "")]
    [InlineData(null, 5, null, "0123")]
    [InlineData(8, 5, null, "0123")]
    public void The_oldest_go(int? most, int? days, int? free, string expired) =>
        Assert.Equal(expired, Expired(new RetentionRule(most, days, free)));

    [Fact]
    // 100 of 1000 bytes are to be free.
    public void As_many_go_as_make_enough_room() => Assert.Equal("012", Expired(new RetentionRule(null, null, 10), free: 71));

    [Fact]
    public void The_newest_stays_however_full_it_is() => Assert.Equal("012345678", Expired(new RetentionRule(1, 0, 99), free: 0));
}
