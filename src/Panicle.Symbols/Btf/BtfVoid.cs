namespace Panicle.Symbols.Btf;

internal sealed class BtfVoid : KernelType
{
    public override TypeKind Kind => TypeKind.Void;

    public override string Name => "void";

    public override ulong Size => 0;

    public override TypeOrigin Origin => new(TypeFormat.Btf);
}
