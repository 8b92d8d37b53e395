using Panicle.Bench;
using Panicle.Lab;

if (args is [var first, ..] && first is not ("save" or "lines") && !int.TryParse(first, out _))
{
    Console.Error.WriteLine("""
        usage: bench/bench [ROUNDS [CELL...]]
          Panicle, drgn and crash in turn on the same dumps, ROUNDS times (7): medians, ranges and ratios.
          The dumps are the lab's cells for benchmarks, or those that are named.
               bench/bench save [ROUNDS]
          Saving a dump, by Panicle and by makedumpfile.
               bench/bench save guest PROGRAM [ROUNDS]
          The same out of /proc/vmcore, in an emulated guest, by a static Panicle (./panicle --static makes one).
               bench/bench lines [ROUNDS [CELL...]]
          Debug information: a backtrace and a variable beside drgn, 100,000 addresses beside llvm-symbolizer.
        """);
    return 2;
}
try
{
    if (args is ["save", "guest", var program, .. var more])
        return GuestSaveBenchmarks.Run(program, more.Length > 0 ? int.Parse(more[0]) : 2) ? 0 : 1;
    if (args is ["save", ..])
        return SaveBenchmarks.Run(args.Length > 1 ? int.Parse(args[1]) : 7) ? 0 : 1;
    if (args is ["lines", ..])
    {
        var named = args.Length > 2 ? args[2..].Select(Matrix.Find) : Matrix.ForBenchmarks;
        return LineBenchmarks.Run(args.Length > 1 ? int.Parse(args[1]) : 7, [.. named.Select(cell => cell.Make())]) ? 0 : 1;
    }
    var rounds = args is [var text, ..] ? int.Parse(text) : 7;
    var cells = args.Length > 1 ? args[1..].Select(Matrix.Find) : Matrix.ForBenchmarks;
    return Benchmarks.Run(rounds, [.. cells.Select(cell => cell.Make())]) ? 0 : 1;
}
catch (LabException problem)
{
    Console.Error.WriteLine($"bench: {problem.Message}");
    return 1;
}
