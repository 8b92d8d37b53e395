namespace Panicle.Kdump.Save.Scrub;

/// <summary>Bytes of the kernel's memory that hold what nobody else should read.</summary>
/// <param name="Address">Virtual address of the first.</param>
/// <param name="Length">How many.</param>
/// <param name="What">What they are, in words.</param>
internal readonly record struct SecretRange(ulong Address, ulong Length, string What);
