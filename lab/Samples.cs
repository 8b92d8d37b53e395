namespace Panicle.Lab;

/// <summary>The two small dumps that are kept in git, so that Panicle has something to show without the lab.</summary>
internal static class Samples
{
    private static readonly (string File, string Cell)[] All =
    [
        ("null-deref.vmcore", "6.1-cloud/small/kdump-raw"),
        ("sysrq.vmcore", "6.12-cloud/small-sysrq/kdump-raw"),
    ];

    /// <summary>Makes them and writes them to a directory, compressed as well as can be.</summary>
    public static void Make(string directory)
    {
        if (Matrix.Make(All.Select(sample => Matrix.Find(sample.Cell))) > 0)
            throw new LabException("not every sample could be made");
        Directory.CreateDirectory(directory);
        foreach (var (file, cell) in All)
            Repack.BestZstd.Run(Matrix.Find(cell).Dump, Path.Combine(directory, file));
    }
}
