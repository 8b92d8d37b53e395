using Panicle.Kdump.Initramfs;
using Panicle.Kdump.Loading;
using Panicle.Kdump.Targets;

namespace Panicle.Cli.Verbs.Kdump;

/// <summary>What may go wrong with a machine, as verbs say it.</summary>
internal static class Failures
{
    /// <summary>Runs something of Panicle.Kdump; its own exceptions become a command's.</summary>
    public static T Of<T>(Func<T> action)
    {
        try
        {
            return action();
        }
        catch (Exception e) when (e is KexecException or TargetException or InitramfsException or FormatException or IOException
            or UnauthorizedAccessException)
        {
            throw new CommandException(e.Message, e);
        }
    }
}
