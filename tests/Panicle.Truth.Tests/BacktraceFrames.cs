using System.Globalization;
using System.Text.Json;

namespace Panicle.Truth.Tests;

/// <summary>The frames of <c>bt</c>, written as the kernel writes its own.</summary>
internal static class BacktraceFrames
{
    /// <summary>A task's frames in the kernel, innermost first.</summary>
    public static IReadOnlyList<JsonElement> InKernel(JsonElement task) =>
        [.. task.GetProperty("frames").EnumerateArray().Where(frame => !frame.GetProperty("isUser").GetBoolean())];

    /// <summary><c>function+0xoffset [module]</c>, or the address where no function is known.</summary>
    public static string Text(JsonElement frame)
    {
        var module = frame.GetProperty("module").GetString() is { } name ? $" [{name}]" : "";
        return frame.GetProperty("function").GetString() is { } function
            ? $"{function}+0x{frame.GetProperty("offset").GetUInt64():x}{module}"
            : frame.GetProperty("address").GetString()!;
    }

    public static ulong Address(JsonElement frame) => Number(frame.GetProperty("address").GetString()!);

    /// <summary>The number in <c>0x1f</c>.</summary>
    public static ulong Number(string hexadecimal) =>
        ulong.Parse(hexadecimal.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
}
