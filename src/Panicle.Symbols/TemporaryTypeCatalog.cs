// Stands in for Types/TypeCatalog.cs, KernelTypeExtensions and ModuleSymbolTable until they land: delete this file then.
#pragma warning disable
namespace Panicle.Symbols {
public sealed class TypeCatalog(ITypeSource s){ public KernelType? Find(TypeKind k,string n)=>s.Find(k,n); public KernelType? Struct(string n)=>Find(TypeKind.Struct,n);
 public KernelType? Parse(string n){ n=n.Trim(); if(n.EndsWith('*')) { var t=Parse(n[..^1]); return t is null?null:PointerTo(t);} if(n.StartsWith("struct ")) return Find(TypeKind.Struct,n[7..]); if(n.StartsWith("union ")) return Find(TypeKind.Union,n[6..]); return Find(TypeKind.Typedef,n)??Find(TypeKind.Int,n)??Find(TypeKind.Struct,n); }
 public KernelType PointerTo(KernelType t)=>new Ptr(t);
 sealed class Ptr(KernelType t):KernelType{ public override TypeKind Kind=>TypeKind.Pointer; public override string Name=>""; public override ulong Size=>8; public override KernelType? Target=>t; public override string Source=>"";}
}
public readonly record struct MemberPath(KernelType Type, ulong BitOffset, uint BitSize);
public static class KernelTypeExtensions { public static KernelType Strip(this KernelType t){ while(t.Kind is TypeKind.Typedef or TypeKind.Qualifier) t=t.Target!; return t;}
 public static bool TryFindMember(this KernelType t,string p,out MemberPath m){ ulong off=0; m=default; foreach(var part in p.Split('.')){ if(!One(t.Strip(),part,ref off,out m)) return false; t=m.Type;} m=m with{BitOffset=off}; return true;}
 static bool One(KernelType t,string n,ref ulong off,out MemberPath m){ m=default; foreach(var x in t.Members){ if(x.Name==n){ off+=x.BitOffset; m=new(x.Type,off,x.BitSize); return true;} if(x.Name==""){ var o=off+x.BitOffset; if(One(x.Type.Strip(),n,ref o,out m)){off=o;return true;} } } return false; }
 public static string Display(this KernelType t)=>t.Name;}
}
namespace Panicle.Symbols.Kallsyms {
public sealed class ModuleSymbolTable(string m, ReadOnlyMemory<byte> a, ReadOnlyMemory<byte> b, ReadOnlyMemory<byte> c, Panicle.Dumps.AddressRange[] r):ISymbolTable { public string Source=>""; public bool TryFind(string n,out Symbol s){s=default;return false;} public IEnumerable<Symbol> FindAll(string n)=>[]; public bool TryLookup(ulong a,out Symbol s){s=default;return false;} public IEnumerable<Symbol> All()=>[];}
}
