namespace Panicle.Kernel.Sched;

/// <summary>A task's state bits (include/linux/sched.h: TASK_* and EXIT_*).</summary>
/// <param name="State"><c>task_struct.__state</c>.</param>
/// <param name="ExitState"><c>task_struct.exit_state</c>.</param>
public readonly record struct TaskState(uint State, uint ExitState)
{
    private const uint Interruptible = 0x1;
    private const uint Uninterruptible = 0x2;
    private const uint Stopped = 0x4;
    private const uint Traced = 0x8;
    private const uint ExitDead = 0x10;
    private const uint ExitZombie = 0x20;
    private const uint Parked = 0x40;
    private const uint Dead = 0x80;
    private const uint Waking = 0x200;
    private const uint NoLoad = 0x400;
    private const uint New = 0x800;

    /// <summary>Whether the task runs or waits for a CPU.</summary>
    public bool IsRunnable => State == 0 && ExitState == 0;

    /// <summary>Whether it waits in a way that no signal ends, and counts as load (D in <c>ps</c>).</summary>
    public bool IsBlocked => ExitState == 0 && (State & Uninterruptible) != 0 && (State & NoLoad) == 0;

    /// <summary>Whether it has ended, as a zombie that its parent hasn't waited for or on its way to be forgotten.</summary>
    public bool IsExited => ExitState != 0 || (State & Dead) != 0;

    /// <summary>Two letters, as crash has them: RU, IN, UN, ST, TR, ZO, DE, PA, WA, NE, ID.</summary>
    public string Letters => this switch
    {
        { ExitState: var exit } when (exit & ExitDead) != 0 => "DE",
        { ExitState: var exit } when (exit & ExitZombie) != 0 => "ZO",
        { State: 0 } => "RU",
        { State: var state } when (state & (Uninterruptible | NoLoad)) == (Uninterruptible | NoLoad) => "ID",
        { State: var state } when (state & Interruptible) != 0 => "IN",
        { State: var state } when (state & Uninterruptible) != 0 => "UN",
        { State: var state } when (state & Stopped) != 0 => "ST",
        { State: var state } when (state & Traced) != 0 => "TR",
        { State: var state } when (state & Parked) != 0 => "PA",
        { State: var state } when (state & Dead) != 0 => "DE",
        { State: var state } when (state & Waking) != 0 => "WA",
        { State: var state } when (state & New) != 0 => "NE",
        _ => "??",
    };

    /// <summary>The kernel's name: TASK_RUNNING, TASK_INTERRUPTIBLE, EXIT_ZOMBIE…</summary>
    public string Name => Letters switch
    {
        "RU" => "TASK_RUNNING",
        "IN" => "TASK_INTERRUPTIBLE",
        "UN" => "TASK_UNINTERRUPTIBLE",
        "ID" => "TASK_IDLE",
        "ST" => "TASK_STOPPED",
        "TR" => "TASK_TRACED",
        "ZO" => "EXIT_ZOMBIE",
        "DE" => (ExitState & ExitDead) != 0 ? "EXIT_DEAD" : "TASK_DEAD",
        "PA" => "TASK_PARKED",
        "WA" => "TASK_WAKING",
        "NE" => "TASK_NEW",
        _ => $"0x{State:x}",
    };
}
