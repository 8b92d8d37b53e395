using System.Text.RegularExpressions;
using Panicle.Formats.Demangling;

namespace Panicle.Logs.Events;

/// <summary>Function names without what the compiler and the architecture put around them.</summary>
internal static partial class FunctionName
{
    /// <summary>
    /// <c>foo.isra.0.cold</c> becomes <c>foo</c>, <c>__x64_sys_mount</c> becomes <c>sys_mount</c> and <c>__do_sys_mount</c>
    /// becomes <c>mount</c>; the dot that ppc64's entry points begin with is gone; what Rust mangles becomes its path, which
    /// stays the same from build to build.
    /// </summary>
    public static string Plain(string name)
    {
        if (NameDemangler.TryDemangleRust(name) is { } path)
            return path;
        var plain = name.StartsWith('<') || name.Contains("::", StringComparison.Ordinal)
            ? name
            : CompilerSuffix().Replace(name.TrimStart('.'), "");
        return SystemCall().Match(plain) is { Success: true } call ? call.Groups["n"].Value : plain;
    }

    [GeneratedRegex(@"(?<=.)\..*$", RegexOptions.CultureInvariant)]
    private static partial Regex CompilerSuffix();

    // Wrappers that SYSCALL_DEFINE makes for each architecture and for 32-bit callers.
    [GeneratedRegex(
        @"^(?:__(?:x64|ia32|arm64|riscv|s390x?|ppc)_(?=(?:compat_)?sys_)|__(?:do|se)_(?:compat_)?sys_|(?:C_|compat_)?SyS_"
            + @"|C?_?SYSC_|(?:k|compat_|__)?sys_)(?<n>\w+)$",
        RegexOptions.CultureInvariant)]
    private static partial Regex SystemCall();
}
