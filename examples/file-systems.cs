#!/usr/bin/env -S PanicleChecks=false dotnet run -c Release
#:project ../src/Panicle.Kernel

// Every file system that was in use, mounted or not, and its inodes in memory: a walk over two of the kernel's lists.

using Panicle.Kernel;
using Panicle.Kernel.Values;

using var dump = KernelDump.Open(args);
var losses = new Losses();
var blocks = KernelLists.Entries(dump.Context, dump["super_blocks"].Address, "struct super_block", "s_list", losses);
foreach (var type in blocks.GroupBy(block => block["s_type"]["name"].ToText()).OrderBy(type => type.Key))
{
    var inodes = type.Sum(block => KernelLists.Nodes(dump.Context, block["s_inodes"].Address, losses).Count());
    Console.WriteLine($"{type.Key,-12} {type.Count(),3} {inodes,6}");
}
foreach (var loss in losses)
    Console.WriteLine($"not read: {loss}");
