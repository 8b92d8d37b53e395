using System.Globalization;
using System.Text.RegularExpressions;
using Panicle.Logs.Decoding;
using Panicle.Logs.Events;
using Panicle.Logs.Reading;

namespace Panicle.Reports.Findings;

/// <summary>
/// The processor reported errors of itself, of its caches or of the memory: machine checks (arch/x86/kernel/cpu/mce).
/// </summary>
internal sealed partial class MachineCheckRule : FindingRule
{
    private const int MostShown = 6;
    private const int LinesOfOne = 6; // CPU and bank, TSC and ADDR, PROCESSOR, RIP, and what may come between.

    /// <inheritdoc/>
    public override IEnumerable<Finding> Look(FindingContext context)
    {
        var isFatal = context.PanickedWith("Fatal machine check") || context.PanickedWith("Fatal local machine check")
            || context.PanickedWith("Machine check")
            || context.PanickedWith("Timeout: Not all CPUs entered broadcast exception handler")
            || context.PanickedWith("Unable to continue");
        var checks = Checks(context).ToList();
        if (checks.Count == 0 && !isFatal)
            yield break;
        var worst = checks.OrderBy(check => check.Check.IsCorrected).ThenByDescending(check => check.Check.IsContextCorrupt)
            .FirstOrDefault();
        var what = checks.Count == 0 ? "" : $": {worst.Check.Error} ({worst.Check.Severity})";
        var groups = checks.GroupBy(check => (check.Cpu, check.Bank, check.Check)).ToList();
        var evidence = groups.Take(MostShown).SelectMany(group => Describe(context, [.. group])).ToList();
        if (groups.Count > MostShown)
            evidence.Add(new($"{groups.Count - MostShown} more banks reported errors"));
        var errors = checks.TrueForAll(check => check.Check.IsCorrected) ? "errors that it could correct" : "errors";
        yield return new Finding(
            OopsKind.HardwareError,
            isFatal
                ? $"The hardware failed, and the processor reported it (machine check){what}"
                : $"The processor reported {errors} before (machine checks){what}",
            isFatal ? Certainty.Certain : worst.Check.IsCorrected ? Certainty.Possible : Certainty.Likely,
            isFatal ? FindingRole.Cause : FindingRole.Circumstance,
            [.. evidence, .. isFatal ? context.Words : []],
            "This is no fault of the kernel. Read the machine's own log of events (IPMI SEL), update its firmware, and test or "
                + "replace the part: the memory, the processor or the board.");
    }

    private static IEnumerable<(MachineCheck Check, int Cpu, int Bank, ulong? Address, LogLine Line)> Checks(
        FindingContext context)
    {
        var lines = context.Log.Lines;
        for (var i = 0; i < lines.Count; i++)
        {
            if (!lines[i].Text.Contains("[Hardware Error]", StringComparison.Ordinal)
                && !lines[i].Text.Contains("Machine Check", StringComparison.Ordinal))
                continue;
            var match = Bank().Match(lines[i].Text);
            if (!match.Success)
                match = Decoded().Match(lines[i].Text);
            // Until 2.6.31 the CPU and each bank had a line of their own.
            if (!match.Success && Old().Match(lines[i].Text) is { Success: true } old)
            {
                foreach (var line in lines.Skip(i + 1).TakeWhile(line => OldBank().IsMatch(line.Text)))
                {
                    var bank = OldBank().Match(line.Text);
                    if (TryHex(bank.Groups["status"], out var state))
                        yield return (new MachineCheck(state, ProcessorVendor.Unknown), Number(old.Groups["cpu"]),
                            Number(bank.Groups["bank"]), TryHex(bank.Groups["at"], out var at) ? at : null, line);
                }
            }
            if (!match.Success || !TryHex(match.Groups["status"], out var status))
                continue;
            var rest = lines.Skip(i).Take(LinesOfOne).Select(line => line.Text).ToList();
            var vendor = rest.Select(text => Processor().Match(text)).FirstOrDefault(found => found.Success)?.Groups[1]
                .Value switch
            {
                "0" => ProcessorVendor.Intel,
                "2" or "9" => ProcessorVendor.Amd,
                // Only AMD's own decoder writes MC4_STATUS.
                _ => match.Groups["amd"].Success ? ProcessorVendor.Amd : ProcessorVendor.Unknown,
            };
            var address = rest.Select(text => AddressIn().Match(text)).FirstOrDefault(found => found.Success);
            yield return (new MachineCheck(status, vendor), Number(match.Groups["cpu"]), Number(match.Groups["bank"]),
                address is not null && TryHex(address.Groups[1], out var where) ? where : null, lines[i]);
        }
    }

    private static IEnumerable<Evidence> Describe(
        FindingContext context, IReadOnlyList<(MachineCheck Check, int Cpu, int Bank, ulong? Address, LogLine Line)> same)
    {
        var (check, cpu, bank, address, line) = same[0];
        yield return context.Quote(line);
        var where = check.HasAddress && address is { } value ? $", at address 0x{value:x}" : "";
        yield return new Evidence(
            $"CPU {cpu}, bank {bank}: {check.Error}{where}; {check.Severity}{(same.Count > 1 ? $"; {same.Count} times" : "")}");
    }

    private static int Number(Group group) =>
        int.TryParse(group.ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : -1;

    private static bool TryHex(Group group, out ulong value) =>
        ulong.TryParse(group.ValueSpan, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value);

    // "CPU 0: Machine Check Exception: 5 Bank 4: b200000000070f0f", "CPU 3: Machine Check: 0 Bank 5: bea0000000000108".
    [GeneratedRegex(@"CPU (?<cpu>\d+): Machine Check(?: Exception)?: +[0-9a-f]+ Bank (?<bank>\d+): (?<status>[0-9a-f]{16})",
        RegexOptions.CultureInvariant)]
    private static partial Regex Bank();

    [GeneratedRegex(@"^CPU (?<cpu>\d+): Machine Check Exception: +[0-9a-f]+\s*$", RegexOptions.CultureInvariant)]
    private static partial Regex Old();

    [GeneratedRegex(@"^Bank (?<bank>\d+): (?<status>[0-9a-f]{16})(?:\[[0-9a-f]+\])?(?: at (?<at>[0-9a-f]{1,16}))?",
        RegexOptions.CultureInvariant)]
    private static partial Regex OldBank();

    // drivers/edac/mce_amd.c: "CPU:2 (17:1:1) MC15_STATUS[Over|CE|…]: 0xdc2040000000011b".
    [GeneratedRegex(@"CPU:(?<cpu>\d+) \([0-9a-f:]+\) (?<amd>MC)(?<bank>\d+)_STATUS\[.*\]: 0x(?<status>[0-9a-f]{16})",
        RegexOptions.CultureInvariant)]
    private static partial Regex Decoded();

    [GeneratedRegex(@"\bPROCESSOR (\d+):", RegexOptions.CultureInvariant)]
    private static partial Regex Processor();

    [GeneratedRegex(@"\b(?:ADDR |MC\d+_ADDR: 0x|Error Addr: 0x)([0-9a-f]{1,16})", RegexOptions.CultureInvariant)]
    private static partial Regex AddressIn();
}
