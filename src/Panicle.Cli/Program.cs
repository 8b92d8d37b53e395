return Panicle.Cli.Invocation.Run(args);
