namespace Panicle.Kdump.Targets;

/// <summary>A mounted file system, a line of <c>/proc/self/mountinfo</c> (proc(5)).</summary>
/// <param name="Numbers">The device's numbers: <c>254:1</c>.</param>
/// <param name="Root">The directory of the file system that is mounted: "/" for all of it.</param>
/// <param name="Path">Where.</param>
/// <param name="Type">Its type.</param>
/// <param name="Source">What was mounted, as whoever mounted it called it.</param>
/// <param name="Id">Its number.</param>
/// <param name="Parent">The number of the mount that it is mounted on.</param>
internal sealed record MountPoint(
    string Numbers, string Root, string Path, string Type, string Source, string Id = "", string Parent = "")
{
    /// <summary>Whether the file system, and not only this mount of it, takes no writing.</summary>
    public bool IsReadOnly { get; init; }

    /// <summary>A mount of a device's file system, or null if it isn't mounted.</summary>
    public static MountPoint? OfDevice(SystemRoot root, string node)
    {
        var numbers = root.ReadLine($"/sys/class/block/{System.IO.Path.GetFileName(node)}/dev");
        return All(root).FirstOrDefault(mount => (numbers.Length > 0 && mount.Numbers == numbers)
            || (mount.Source.StartsWith("/dev/", StringComparison.Ordinal) && root.Resolve(mount.Source) == node));
    }

    /// <summary>The mount that a path without links lies on, or null if nothing is known of mounts.</summary>
    public static MountPoint? Of(SystemRoot root, string path)
    {
        var all = All(root).ToList();
        var above = all.FindAll(mount => Contains(mount.Path, path));
        return above.Where(mount => !IsHidden(mount, above, all)).OrderBy(mount => mount.Path.Length).LastOrDefault();
    }

    // Something was mounted later on a directory above it: then nobody gets there any more.
    private static bool IsHidden(MountPoint mount, List<MountPoint> above, List<MountPoint> all)
    {
        for (var depth = 0; depth < all.Count; depth++)
        {
            var parent = all.Find(other => other.Id == mount.Parent);
            if (parent is null || parent == mount)
                return false;
            if (above.Exists(other => other.Parent == mount.Parent && other.Path.Length < mount.Path.Length))
                return true;
            mount = parent;
        }
        return false;
    }

    /// <summary>Every mount of a system, in the order of <c>/proc/self/mountinfo</c>.</summary>
    public static IEnumerable<MountPoint> All(SystemRoot root)
    {
        foreach (var line in root.ReadLines("/proc/self/mountinfo"))
        {
            var words = line.Split(' ');
            var dash = Array.IndexOf(words, "-");
            if (words.Length > 5 && dash > 5 && dash + 2 < words.Length)
                yield return new MountPoint(
                    words[2], Unescape(words[3]), Unescape(words[4]), words[dash + 1], Unescape(words[dash + 2]), words[0],
                    words[1])
                { IsReadOnly = dash + 3 < words.Length && words[dash + 3].Split(',').Contains("ro") };
        }
    }

    /// <summary>The path inside the file system of a path below this mount.</summary>
    public string Inside(string path)
    {
        var rest = Path == "/" ? path : path[Path.Length..];
        var inside = Root == "/" ? rest : Root + (rest == "/" ? "" : rest);
        return inside.Length == 0 ? "/" : inside;
    }

    private static bool Contains(string mount, string path) =>
        mount == "/" || path == mount || path.StartsWith(mount + "/", StringComparison.Ordinal);

    /// <summary>A path as it is, where /proc writes blanks and the like as <c>\040</c>.</summary>
    internal static string Unescape(string text)
    {
        for (var at = text.IndexOf('\\', StringComparison.Ordinal); at >= 0
            && at + 3 < text.Length; at = text.IndexOf('\\', at + 1))
        {
            var octal = text.Substring(at + 1, 3);
            if (octal.All(digit => digit is >= '0' and <= '7'))
                text = text[..at] + (char)Convert.ToInt32(octal, 8) + text[(at + 4)..];
        }
        return text;
    }
}
