namespace Panicle.Formats.Demangling;

/// <summary>
/// Names as the source has them, from those that compilers of C++ and Rust give to the linker. A name that isn't understood as a
/// whole is shown as it is. Names come from dumps, logs and files: what one may cost is bounded.
/// </summary>
public static class NameDemangler
{
    internal const int MostInput = 8192;
    internal const int MostOutput = 65536;
    internal const int MostDepth = 128;
    internal const int MostSteps = 20_000;

    /// <summary>The source's name; the name itself if it isn't mangled, or not in a way that is known.</summary>
    public static string Demangle(string name) => TryDemangle(name) ?? name;

    /// <summary>The source's name, or null if it isn't mangled, or not in a way that is known.</summary>
    public static string? TryDemangle(string name) =>
        !IsMangled(name) ? null : TryDemangleRust(name) ?? CppName.TryDemangle(name);

    /// <summary>
    /// A function of a kernel as people know it: the path of one in Rust, without the hash that each build changes;
    /// any other as it is.
    /// </summary>
    public static string PathOf(string name) => TryDemangleRust(name) ?? name;

    /// <summary>
    /// The path of a Rust function or variable, without the hash that each build changes; null if the name isn't Rust's.
    /// </summary>
    public static string? TryDemangleRust(string name) =>
        !IsMangled(name) ? null : RustLegacyName.TryDemangle(name) ?? RustName.TryDemangle(name);

    private static bool IsMangled(string name) =>
        name.Length is > 2 and <= MostInput && name[0] == '_' && name[1] is 'Z' or 'R' or '_';
}
