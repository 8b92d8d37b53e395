using Panicle.Kdump.Configuration;
using Panicle.Kdump.Crashkernel;

namespace Panicle.Kdump.Setup;

/// <summary>What setup has the kernel reserve, and what does instead of it.</summary>
internal sealed class WantedReservation
{
    private readonly Machine _machine;
    private readonly string _running;
    private readonly ulong? _needed; // Null where the configuration says what it is to be.

    private WantedReservation(Machine machine, string running, ulong? needed, string argument) =>
        (_machine, _running, _needed, Argument) = (machine, running, needed, argument);

    /// <summary>The words of the kernel's command line.</summary>
    public string Argument { get; }

    /// <summary>
    /// What the configuration says; else what the running kernel was given, if a capture fits into that, and the estimate if not.
    /// </summary>
    public static WantedReservation Of(SystemRoot root, EffectiveConfiguration configuration)
    {
        var machine = Machine.Read(root);
        var running = BootLoader.Reservations(root.ReadLine("/proc/cmdline"));
        if (configuration["crashkernel"] is { Length: > 0 } given)
            return new WantedReservation(machine, running, null, CrashkernelArgument.WithNames(given));
        var estimate = ReservationEstimate.Of(root, machine, configuration);
        var wanted = new WantedReservation(machine, running, estimate.Needed, estimate.Argument);
        return wanted.IsMetBy(running) ? new WantedReservation(machine, running, estimate.Needed, running) : wanted;
    }

    /// <summary>Whether the running kernel was given it.</summary>
    public bool IsRunning => IsMetBy(_running);

    /// <summary>
    /// Whether all that boot are given it, or more than is needed where nobody said how much. Where nothing tells what they are
    /// given, what the running kernel was given counts.
    /// </summary>
    public bool IsMetBy(IReadOnlyList<string> reservations) =>
        reservations.Count > 0 ? reservations.All(IsMetBy) : _needed is not null && IsRunning;

    private bool IsMetBy(string reservations) => reservations == Argument || (_needed is { } needed && _machine.Memory > 0
        && CrashkernelEvaluation.Of(CrashkernelArgument.ParseAll(reservations), _machine.Memory, _machine.Architecture,
            _machine.Release) is { Chosen: not null } reserved && reserved.Size >= needed);

    /// <summary>The step in words: what is reserved, instead of what, and how.</summary>
    public string Describe(IReadOnlyList<string> had, string how)
    {
        var others = string.Join(" or ", had.Where(one => one.Length > 0 && one != Argument).Distinct());
        if (IsMetBy(had))
            return $"reserve memory ({(had.Count == 0 ? _running : others.Length > 0 ? others : Argument)})";
        return $"reserve memory ({Argument}{(others.Length > 0 ? $" instead of {others}" : "")})"
            + $"{(how.Length > 0 ? $": {how}" : "")}";
    }

    /// <summary>What isn't known as no reservation at all.</summary>
    public static IReadOnlyList<string> List(string? reservations) => reservations is null ? [] : [reservations];
}
