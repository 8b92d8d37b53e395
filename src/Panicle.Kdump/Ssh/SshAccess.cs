using Panicle.Kdump.Configuration;
using Panicle.Kdump.Targets;

namespace Panicle.Kdump.Ssh;

/// <summary>
/// What opens a server in a capture kernel, where nobody answers ssh's questions: a key that can be used by itself, and the
/// server's own, known beforehand.
/// </summary>
internal static class SshAccess
{
    private static readonly string[] Keys = ["/root/.ssh/kdump_id_rsa", "/root/.ssh/id_ed25519", "/root/.ssh/id_rsa"];

    /// <summary>Makes sure that nothing stands in the way that can be seen without asking the server.</summary>
    /// <exception cref="TargetException">Something does.</exception>
    public static void Check(SystemRoot root, TargetAddress target, EffectiveConfiguration configuration)
    {
        var settings = SshSettings.Of(root, target);
        if (settings.Detour is { } detour)
            throw new TargetException(
                $"ssh reaches {target.Host} through {detour}, which the capture kernel hasn't got: give a server that is reached "
                    + "directly");
        KeyFor(root, settings, configuration);
        KnownLines(root, settings, target with { Port = target.Port == 22 ? settings.Port : target.Port });
    }

    /// <summary>The key that is set, else the first of the usual ones that can be used by itself.</summary>
    /// <exception cref="TargetException">There is none.</exception>
    public static string KeyFor(SystemRoot root, SshSettings settings, EffectiveConfiguration configuration)
    {
        if (configuration["ssh-key"] is { Length: > 0 } given)
            return !root.HasFile(given) ? throw new TargetException($"there is no key {given}")
                : SshKey.Problem(root.TryRead(given) ?? "") is { } problem ? throw new TargetException($"{given} {problem}")
                : given;
        var problems = new List<string>();
        foreach (var key in Keys.Concat(settings.Identities).Distinct().Where(root.HasFile))
        {
            if (SshKey.Problem(root.TryRead(key) ?? "") is not { } problem)
                return key;
            problems.Add($"{key} {problem}");
        }
        throw new TargetException(problems.Count > 0 ? problems[0]
            : "there is no key for ssh in /root/.ssh: make one (ssh-keygen -t ed25519 -N '' -f /root/.ssh/kdump), let the server "
                + "accept it, and set ssh-key to it");
    }

    /// <summary>The lines by which the server is known.</summary>
    /// <exception cref="TargetException">There are none, or its key is revoked.</exception>
    public static IReadOnlyList<string> KnownLines(SystemRoot root, SshSettings settings, TargetAddress target)
    {
        var names = settings.KeyNames(target.Port);
        var known = SshKnownHosts.LinesFor(root, settings.KnownHosts, names);
        if (SshKnownHosts.Vouch(known))
            return known;
        var port = target.Port == 22 ? "" : $"-p {target.Port} ";
        throw new TargetException(
            $"the key of {names[0]} {(known.Count > 0 ? "is revoked" : "isn't known")} in "
                + $"{string.Join(", ", settings.KnownHosts)}: connect once as root with ssh "
                + $"{port}{target.User ?? "root"}@{target.Host}, compare the key that is shown, and let ssh keep it");
    }
}
