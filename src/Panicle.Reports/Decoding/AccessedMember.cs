using System.Globalization;
using Panicle.Kernel;
using Panicle.Kernel.Unwind;
using Panicle.Logs.Decoding;
using Panicle.Symbols;

namespace Panicle.Reports.Decoding;

/// <summary>What a memory access likely meant in C: which member of which structure, through which pointer.</summary>
/// <param name="Register">The register with the pointer, in lower case.</param>
/// <param name="Pointer">The pointer, as an expression of the function's parameters: <c>file->f_inode</c>.</param>
/// <param name="Structure">The structure that it points to, without "struct".</param>
/// <param name="Tag">"struct" or "union".</param>
/// <param name="Path">The member.</param>
/// <param name="Offset">Its offset in bytes.</param>
internal sealed record AccessedMember(string Register, string Pointer, string Structure, string Tag, string Path, long Offset)
{
    // Most pointers to these really lead to what they are part of (container_of), of which the type says nothing.
    private static readonly HashSet<string> Links =
    [
        "list_head", "hlist_node", "hlist_head", "rb_node", "callback_head", "llist_node", "work_struct", "kref", "timer_list",
        "hrtimer",
    ];

    /// <summary>
    /// The same as a clause: <c>rdi is likely file, a pointer to struct file; what was used is its member f_inode, at offset
    /// 0x20</c>.
    /// </summary>
    public string Text => string.Create(CultureInfo.InvariantCulture,
        $"{Register} is likely {Pointer}, a pointer to {Tag} {Structure}; "
            + $"what was used is its member {Path}, {(Offset == 0 ? "the first" : $"at offset 0x{Offset:x}")}");

    /// <summary>Finds out by the types of the function's parameters; null if they don't tell.</summary>
    /// <param name="kernel">The dump.</param>
    /// <param name="frame">Where the access is.</param>
    /// <param name="access">The access.</param>
    public static AccessedMember? Find(KernelDump kernel, StackFrame frame, MemoryAccess access)
    {
        if (frame.Function is not { } function || access is not { Base: { } name, Displacement: >= 0, IsIndexed: false })
            return null;
        // A likely answer is not worth an error.
        return Losses.Ignored.Try(() => RegisterTypes.At(kernel, function, frame.Address).TryGetValue(name, out var typed)
            && RegisterTypes.PointeeOf(kernel, typed.Type) is { Name.Length: > 0 } structure && !Links.Contains(structure.Name)
            && MemberPlace.Find(kernel.Types, structure, (ulong)access.Displacement, access.Size) is { } member
            ? new AccessedMember(name, typed.Expression, structure.Name,
                structure.Kind == TypeKind.Union ? "union" : "struct", member.Path, access.Displacement)
            : null);
    }
}
