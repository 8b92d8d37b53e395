namespace Panicle.Symbols.Dwarf;

/// <summary>Names of entries, which may stand at the entry that they are an instance or the definition of.</summary>
internal static class DieNames
{
    // An instance leads to its abstract origin, that to its declaration; more is a loop.
    private const int MaxSteps = 16;

    /// <summary>The source's name; empty if there is none.</summary>
    /// <exception cref="DwarfException">The unit is damaged.</exception>
    public static ReadOnlySpan<byte> NameOf(DieReference reference)
    {
        for (var step = 0; step < MaxSteps; step++)
        {
            var die = reference.Open();
            if (die.Get(DwarfAttribute.Name) is { Exists: true } name)
                return name.Text;
            var origin = die.Get(DwarfAttribute.AbstractOrigin);
            if (!origin.Exists)
                origin = die.Get(DwarfAttribute.Specification);
            if (!origin.Exists)
                return default;
            reference = origin.Reference;
        }
        return default;
    }

    /// <summary>The linker's name where the language has one of its own, else the source's; empty if there is none.</summary>
    /// <exception cref="DwarfException">The unit is damaged.</exception>
    public static ReadOnlySpan<byte> LinkageNameOf(DieReference reference)
    {
        for (var step = 0; step < MaxSteps; step++)
        {
            var die = reference.Open();
            AttributeValue name = default, linkage = default, origin = default;
            foreach (var (attribute, value) in die.Attributes)
                switch (attribute)
                {
                    case DwarfAttribute.Name:
                        name = value;
                        break;
                    case DwarfAttribute.LinkageName or DwarfAttribute.MipsLinkageName:
                        linkage = value;
                        break;
                    case DwarfAttribute.AbstractOrigin or DwarfAttribute.Specification:
                        origin = value;
                        break;
                }
            if (linkage.Exists)
                return linkage.Text;
            if (name.Exists)
                return name.Text;
            if (!origin.Exists)
                return default;
            reference = origin.Reference;
        }
        return default;
    }
}
