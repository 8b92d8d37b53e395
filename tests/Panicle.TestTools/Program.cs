using System.Globalization;
using Panicle.TestTools;

return args switch
{
    ["info", .. var paths] when paths.Length > 0 => DumpInfo.Print(paths),
    ["bench", .. var paths] when paths.Length > 0 => DumpInfo.Bench(paths),
    ["sum", .. var paths] when paths.Length > 0 => DumpInfo.PrintSums(paths),
    ["scan", .. var paths] when paths.Length > 0 => DumpInfo.Scan(paths),
    ["cut", var from, var to, var pages] => DumpCutter.Cut(from, to, Number(pages)),
    ["large", var from, var to, var gigabytes, var every] => LargeMachine.Make(from, to, Number(gigabytes), Number(every)),
    ["flatten", var from, var to, var recordSize] => LargeMachine.Flatten(from, to, Number(recordSize)),
    _ => Usage(),
};

static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

static int Usage()
{
    Console.Error.WriteLine("""
        usage: Panicle.TestTools COMMAND
          info DUMP...                     what the reader makes of a dump
          sum DUMP...                      read all of it: checksum, speed
          bench DUMP...                    open it and read 10 MB, five times
          scan DUMP...                     find VMCOREINFO in its memory
          cut DUMP OUT PAGES               a small dump out of a real one
          large DUMP OUT GIGABYTES EVERY   the dump of a large machine around a small real one; one of EVERY pages is in it
          flatten DUMP OUT RECORDSIZE      the same dump as a flattened stream
        """);
    return 2;
}
