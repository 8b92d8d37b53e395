using Panicle.TestTools;

return args switch
{
    ["info", .. var paths] when paths.Length > 0 => DumpInfo.Print(paths),
    ["bench", .. var paths] when paths.Length > 0 => DumpInfo.Bench(paths),
    ["sum", .. var paths] when paths.Length > 0 => DumpInfo.PrintSums(paths),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("usage: Panicle.TestTools info DUMP... | bench DUMP... | sum DUMP...");
    return 2;
}
