namespace Panicle.Kernel.Sched;

/// <summary>How the scheduler treats a task.</summary>
/// <param name="Number">SCHED_* number (include/uapi/linux/sched.h).</param>
/// <param name="Priority">The kernel's priority: 0–99 real-time, 100–139 for nice −20 to 19; −1 for deadline tasks.</param>
public readonly record struct TaskPolicy(int Number, int Priority)
{
    private static readonly string?[] Names = ["NORMAL", "FIFO", "RR", "BATCH", "ISO", "IDLE", "DEADLINE", "EXT"];

    /// <summary>The policy's name as <c>ps</c> and chrt know it: NORMAL, FIFO, RR, BATCH, IDLE, DEADLINE, EXT.</summary>
    public string Name => Number >= 0 && Number < Names.Length
        ? Names[Number]!
        : Number.ToString(System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>Reads <c>policy</c> and <c>prio</c> out of a task's <c>task_struct</c>.</summary>
    public static TaskPolicy Of(KernelTask task) => new(task.Value["policy"].ToInt32(), task.Value["prio"].ToInt32());

    /// <summary>The number of a policy given by name or number, or null.</summary>
    public static int? Parse(string text)
    {
        if (int.TryParse(
            text, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var number))
            return number;
        var name = text.StartsWith("SCHED_", StringComparison.OrdinalIgnoreCase) ? text[6..] : text;
        if (name.Equals("OTHER", StringComparison.OrdinalIgnoreCase))
            return 0;
        var index = Array.FindIndex(Names, known => name.Equals(known, StringComparison.OrdinalIgnoreCase));
        return index >= 0 ? index : null;
    }
}
