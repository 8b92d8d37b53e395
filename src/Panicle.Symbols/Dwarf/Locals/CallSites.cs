using System.Text;

namespace Panicle.Symbols.Dwarf;

/// <summary>What callers say of the arguments that they pass (DWARF 5, 3.4; GNU's form of it before).</summary>
internal static class CallSites
{
    private const int MostEntries = 1_000_000;
    private const byte OpReg0 = 0x50;

    /// <summary>
    /// The description of the call that returns to an address, if it is known to call the function of this name itself.
    /// </summary>
    public static DieReference? Find(DieReference function, ulong returnAddress, string callee)
    {
        var die = function.Open();
        for (var count = 0; count < MostEntries && die.Read() && die.Depth >= 1; count++)
        {
            if (die.Tag is not (DwarfTag.CallSite or DwarfTag.GnuCallSite))
                continue;
            var place = die.Get(DwarfAttribute.CallReturnPc);
            if (!place.Exists)
                place = die.Get(DwarfAttribute.LowPc);
            if (!place.IsAddress || place.Address != returnAddress)
                continue;
            var origin = die.Get(DwarfAttribute.CallOrigin);
            if (!origin.Exists)
                origin = die.Get(DwarfAttribute.AbstractOrigin);
            // Whom an indirect call reached isn't said; and what was called may have jumped on to the callee.
            return origin.Exists && Encoding.UTF8.GetString(DieNames.NameOf(origin.Reference)) == callee ? die.Reference : null;
        }
        return null;
    }

    /// <summary>The expression of what was passed in a register, in the caller's frame; null if it isn't said.</summary>
    public static AttributeValue? ValueOf(DieReference site, int register)
    {
        var die = site.Open();
        while (die.Read() && die.Depth >= 1)
        {
            if (die.Tag is not (DwarfTag.CallSiteParameter or DwarfTag.GnuCallSiteParameter))
                continue;
            if (die.Get(DwarfAttribute.Location) is not { IsBlock: true } location || location.Block is not [var op]
                || op != OpReg0 + register)
                continue;
            var value = die.Get(DwarfAttribute.CallValue);
            if (!value.Exists)
                value = die.Get(DwarfAttribute.GnuCallSiteValue);
            return value.IsBlock ? value : null;
        }
        return null;
    }
}
