namespace Panicle.Lab;

/// <summary>Repeats what the emulator may have spoilt.</summary>
internal static class Retry
{
    /// <summary>Runs an action until it doesn't throw <see cref="GuestException"/>, a few times at most.</summary>
    public static void Do(int attempts, Action action)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                action();
                return;
            }
            catch (GuestException problem)
            {
                if (attempt >= attempts)
                    throw new LabException(problem.Message, problem);
                Log.Line($"trying again: {problem.Message.Split('\n')[0]}");
            }
        }
    }
}
