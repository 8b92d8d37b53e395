namespace Panicle.Dumps;

/// <summary>Why memory could not be read, and from which address on.</summary>
/// <param name="State">What is wrong with the page.</param>
/// <param name="Address">The first address that could not be read, in the address space that was asked.</param>
/// <param name="Detail">More for a person where there is more to say (the file offset of a broken page, say), else null.</param>
public readonly record struct MemoryFault(PageState State, ulong Address, string? Detail = null)
{
    /// <summary>One clause for a person: "0xffff888000001000 was excluded by the dump filter".</summary>
    public override string ToString()
    {
        var reason = State switch
        {
            PageState.Present => "is present",
            PageState.Excluded => "was excluded by the dump filter",
            PageState.BeyondEnd => "is missing from the dump, which was cut short",
            PageState.Damaged => "is damaged in the dump file",
            PageState.Hole => "is not memory that the machine had",
            PageState.Unmapped => "is not mapped",
            _ => "can't be read",
        };
        return Detail is null ? $"0x{Address:x} {reason}" : $"0x{Address:x} {reason} ({Detail})";
    }
}
