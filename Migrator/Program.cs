using LaunchStack.Migrator.CommandLine;

// A plain Main: a worker's host would report success after a failure in the background.
return await MigratorCommand.RunAsync(args);
