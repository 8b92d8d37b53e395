namespace Panicle.Cli.Tests.Verbs;

public class ManVerbTests
{
    [Fact]
    public void A_group_s_pages_are_those_of_its_verbs()
    {
        var ran = CommandTest.RunVerb(["man", "kdump"]);
        Assert.Equal(0, ran.ExitCode);
        Assert.Contains("panicle kdump status", ran.Output, StringComparison.Ordinal);
        Assert.Contains("panicle kdump setup", ran.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("\\n", ran.Output, StringComparison.Ordinal);
        Assert.Contains("(did you mean 'report'?)", CommandTest.RunVerb(["man", "reprot"]).Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void Pages_are_written_into_a_folder()
    {
        var folder = Directory.CreateTempSubdirectory("panicle-test");
        try
        {
            Assert.Equal(0, CommandTest.RunVerb($"man --to {folder.FullName}").ExitCode);
            Assert.Contains("panicle-kdump-status.1", folder.GetFiles().Select(file => file.Name));
            Assert.Contains("panicle.1", folder.GetFiles().Select(file => file.Name));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
