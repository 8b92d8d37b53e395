using Panicle.Dumps;

namespace Panicle.Symbols.Kallsyms;

internal static class KallsymsScanner
{
    public static KallsymsLayout? Find(IMemory memory, VmcoreInfo info, AddressRange kernelImage, Limits limits) => null;
}
