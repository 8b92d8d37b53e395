namespace Panicle.Kernel.Tests;

public sealed class LossesTests
{
    [Fact]
    public void What_can_be_read_is_given_and_nothing_is_lost()
    {
        var losses = new Losses();

        Assert.Equal("text", losses.Try("the text", () => "text"));
        Assert.Equal(5, losses.Try("the number", () => 5));
        Assert.Null(losses.Try("no number", () => (int?)null));
        Assert.Empty(losses);
    }

    [Fact]
    public void A_part_that_fails_is_null_and_says_why_once()
    {
        var losses = new Losses();

        for (var i = 0; i < 2; i++)
            Assert.Null(losses.Try<string>("the log", () => throw new KernelReadException("its ring is damaged")));
        Assert.Null(losses.Try("task", 0x1000, () => Fail<int>("it is gone")));

        Assert.Equal(["the log: its ring is damaged", "task at 0x1000: it is gone"], losses.Select(loss => loss.ToString()));
        Assert.Equal([2, 1], losses.Select(loss => loss.Count));
    }

    [Fact]
    public void Values_of_a_table_are_counted_together()
    {
        var losses = new Losses();
        Assert.Null(losses.Try(() => Fail<ulong>("excluded at 0x1000")));
        Assert.Equal("a value is unknown: excluded at 0x1000", Assert.Single(losses).ToString());

        Assert.Null(losses.Try(() => Fail<string>("excluded at 0x2000")));
        Assert.Equal("2 values are unknown; the first: excluded at 0x1000", Assert.Single(losses).ToString());
    }

    [Fact]
    public void Losses_of_elsewhere_are_the_same_ones_and_values_add_up()
    {
        var others = new Losses();
        others.Add("the list breaks off");
        others.Try(() => Fail<int>("excluded"));
        var losses = new Losses();
        losses.Add(others);
        losses.Add(others);

        Assert.Equal(
            ["the list breaks off", "2 values are unknown; the first: excluded"], losses.Select(loss => loss.ToString()));
        Assert.Equal(1, losses.First().Count);

        var users = new Losses();
        users.Add(others.Take(1), "the tasks may not be whole");
        Assert.Equal("the tasks may not be whole: the list breaks off", Assert.Single(users).ToString());
    }

    [Fact]
    public void Very_many_are_counted_and_not_kept()
    {
        var losses = new Losses();
        for (var i = 0; i < 5000; i++)
            losses.Add($"element {i} is gone");

        Assert.Equal(5000, losses.Total);
        Assert.Equal(losses.Count, losses.ToList().Count);
        Assert.Equal("4000 more parts could not be read", losses.Last().ToString());
    }

    [Fact]
    public void Many_threads_may_lose_at_once()
    {
        var losses = new Losses();
        Parallel.For(0, 1000, i => losses.Try(() => i % 2 == 0 ? i : Fail<int>("odd")));

        Assert.Equal(500, Assert.Single(losses).Count);
    }

    [Fact]
    public void Work_that_was_stopped_reads_no_further_part()
    {
        using var stop = new CancellationTokenSource();
        var losses = new Losses(stop.Token);
        stop.Cancel();

        Assert.Throws<OperationCanceledException>(() => losses.Try("the log", () => "text"));
    }

    [Fact]
    public void Whoever_ignores_losses_has_none()
    {
        Assert.Null(Losses.Ignored.Try("the log", () => Fail<string>("gone")));
        Losses.Ignored.Add("gone");
        Assert.Empty(Losses.Ignored);
    }

    private static T Fail<T>(string why) => throw new KernelReadException(why);

    [Fact]
    public void What_is_lost_for_one_reason_is_told_in_one_sentence()
    {
        var losses = new Losses();
        foreach (var what in (string[])["the tasks", "the modules", "the tasks"])
            _ = losses.Try<string>(what, () => throw new KernelReadException("there are no types"));
        _ = losses.Try<string>("the log", () => throw new KernelReadException("its ring is damaged"));
        losses.Add("the file ends early");

        Assert.Equal(
            ["the tasks, the modules: there are no types", "the log: its ring is damaged", "the file ends early"],
            losses.Sentences);
    }
}
