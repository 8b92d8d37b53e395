using Panicle.Cli;

if (!StandardDescriptors.Ensure() && Environment.ProcessId != 1)
    return ExitCode.Input;
Console.SetError(MessageWriter.ForProcess());
return Invocation.Run(args);
