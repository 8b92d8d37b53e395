using Panicle.Kernel;
using Panicle.Kernel.Values;
using Panicle.Symbols;

namespace Panicle.Cli.Commands.Values;

/// <summary>An element of a list or tree shown as a type.</summary>
internal sealed record ListObject(string Type, TypedObject Object)
{
    /// <summary>Reads it; one that can't be read says why, and the walk goes on.</summary>
    public static ListObject Read(KernelDump kernel, TypeSelection selection, ulong address)
    {
        try
        {
            var value = KernelValue.At(kernel.Context, selection.Type, address);
            return new ListObject(selection.Type.DisplayName(), TypedObject.Read(kernel, value, selection.Paths));
        }
        catch (KernelReadException failure)
        {
            return new ListObject(
                selection.Type.DisplayName(), new TypedObject(address, null, new ErrorNode(failure.Message), null, null));
        }
    }
}
