namespace Panicle.Cli.Tests.Verbs;

public class ManVerbTests
{
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
