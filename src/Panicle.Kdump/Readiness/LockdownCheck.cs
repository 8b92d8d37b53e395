namespace Panicle.Kdump.Readiness;

/// <summary>Secure Boot and lockdown: with them only signed kernels can be loaded.</summary>
internal sealed class LockdownCheck : Check
{
    // A variable is four bytes of attributes and its value; this GUID is EFI's own.
    private const string SecureBoot = "/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c";

    public override string Name => "lockdown";

    public override IEnumerable<CheckResult> Run(CheckContext context)
    {
        var secure = IsSecureBootOn(context.Root.PathOf(SecureBoot));
        var line = context.Root.ReadLine("/sys/kernel/security/lockdown");
        var mode = line.IndexOf('[', StringComparison.Ordinal) is >= 0 and var open
            && line.IndexOf(']', StringComparison.Ordinal) is var close && close > open ? line[(open + 1)..close] : "none";
        if (mode != "none")
            yield return new CheckResult("lockdown", CheckState.Note, $"{mode}{(secure == true ? ", with Secure Boot" : "")}",
                "only a signed image can be loaded, by kexec_file_load(2)", "the distribution's own kernels are signed");
        else
            yield return new CheckResult("lockdown", CheckState.Good, secure == true ? "none, with Secure Boot" : "none");
    }

    private static bool? IsSecureBootOn(string path)
    {
        try
        {
            return File.ReadAllBytes(path) is [_, _, _, _, var value, ..] ? value == 1 : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
