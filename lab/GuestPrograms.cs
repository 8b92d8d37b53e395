namespace Panicle.Lab;

/// <summary>The guests' own programs, compiled as static binaries so that they need nothing but the kernel.</summary>
internal static class GuestPrograms
{
    private static readonly Lock Gate = new();

    /// <summary>The binary of one of <see cref="GuestFiles.Programs"/>, compiled if it isn't yet.</summary>
    public static string PathOf(string program)
    {
        lock (Gate)
            return Compile(program);
    }

    private static string Compile(string program)
    {
        var source = GuestFiles.Read($"{program}.c");
        var binary = Cache.PathOf("programs", $"{program}-{Key.Of(source)}");
        if (File.Exists(binary))
            return binary;
        var root = ToolRoot.Open(Suite.Sid);
        File.WriteAllText(root.PathOf($"tmp/{program}.c"), source);
        root.RunInside("gcc", "-O2", "-Wall", "-Wextra", "-Wno-format-truncation", "-Werror", "-static", "-pthread",
            "-o", $"/tmp/{program}", $"/tmp/{program}.c");
        Directory.CreateDirectory(Path.GetDirectoryName(binary)!);
        File.Move(root.PathOf($"tmp/{program}"), binary, overwrite: true);
        return binary;
    }
}
