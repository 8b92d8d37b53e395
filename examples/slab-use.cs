#!/usr/bin/env -S PanicleChecks=false dotnet run -c Release
#:project ../src/Panicle.Kernel

// The slab caches that take the most memory, and how much of that is in use.

using Panicle.Kernel;

using var dump = KernelDump.Open(args);
var losses = new Losses();
var caches = dump.Mm.Slabs.All
    .Select(cache => (Cache: cache, Use: losses.Try(cache.Name, () => dump.Mm.Slabs.UsageOf(cache, losses))))
    .OrderByDescending(row => row.Use?.Slabs * (dump.PageSize << row.Cache.Order));
foreach (var (cache, use) in caches.Take(5))
{
    if (use is null)
        continue;
    var kib = use.Slabs * (dump.PageSize << cache.Order) / 1024;
    Console.WriteLine($"{cache.Name,-20} {kib,6} KiB  {use.Allocated} of {use.Total}");
}
foreach (var loss in losses)
    Console.WriteLine($"not read: {loss}");
