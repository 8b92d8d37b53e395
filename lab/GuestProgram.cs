namespace Panicle.Lab;

/// <summary>Programs of Debian's packages for machines, unpacked and not installed.</summary>
public static class GuestProgram
{
    /// <summary>curl, as <c>/usr/bin/curl</c>, with all that it needs: path in a machine and path here.</summary>
    public static IReadOnlyDictionary<string, string> Curl()
    {
        var root = ToolRoot.Open(Suite.Bookworm);
        root.Add("curl");
        return Of(root, "/usr/bin/curl");
    }

    /// <summary>The program that leaves secrets in the kernel and crashes it (guest/witness.c): its path here.</summary>
    public static string Witness => GuestPrograms.PathOf("witness");

    /// <summary>A program that is unpacked in a root, with its interpreter and libraries.</summary>
    internal static Dictionary<string, string> Of(ToolRoot root, string program) =>
        Shell.Run("chroot", root.Root, "/lib64/ld-linux-x86-64.so.2", "--list", program).Split('\n')
            .Select(line => line.Trim().Split(' ').FirstOrDefault(word => word.StartsWith('/'))).OfType<string>()
            .Append(program).Append("/lib64/ld-linux-x86-64.so.2").Distinct()
            .ToDictionary(path => path, path => Resolved(root, path));

    // A link in there leads to a path in there.
    private static string Resolved(ToolRoot root, string path) =>
        root.PathOf(Shell.Run("chroot", root.Root, "/usr/bin/readlink", "-f", path).Trim());
}
