using System.CommandLine;

namespace LaunchStack.Operations.Backups.Restore;

/// <summary><c>operations restore</c>: the real day.</summary>
internal static class RestoreCommand
{
    /// <summary>Name of the verb.</summary>
    public const string Name = "restore";

    public static async Task<int> RunAsync(string[] args)
    {
        var from = new Option<DirectoryInfo>("--from") { Description = "Directory of backups (Backups__Directory).", Required = true };
        var backup = new Option<string?>("--backup") { Description = "Name of the backup; the newest that passed its drill when left out." };
        var target = new Option<string?>("--to") { Description = "Connection string of an empty database on a TimescaleDB server (a pg_dump backup)." };
        var directory = new Option<DirectoryInfo?>("--to-directory") { Description = "Empty data directory of an embedded database (a snapshot)." };
        var gateway = new Option<string>("--gateway") { Description = "Folder of gateway.mjs (a snapshot).", DefaultValueFactory = _ => "" };
        var tools = new Option<string>("--postgres-bin") { Description = "Folder of pg_restore; looked for when left out.", DefaultValueFactory = _ => "" };
        var command = new Command(Name,
            "Restores a backup into an empty place, pauses its jobs meanwhile, and proves it. The key of an encrypted one is read from Backups__Key. "
            + "Exit codes: 0 restored and proven, 1 failed, 2 usage, 3 refused, 4 restored but not as it should be.")
        {
            from, backup, target, directory, gateway, tools,
        };
        command.SetAction((parsed, cancellationToken) => new RestoreRunner(
            new()
            {
                Directory = parsed.GetValue(from)!.FullName,
                GatewayFolder = parsed.GetValue(gateway)!,
                PostgresBin = parsed.GetValue(tools)!,
                Key = Environment.GetEnvironmentVariable("Backups__Key") ?? "",
            },
            TimeProvider.System, Console.Out, Console.Error).RunAsync(parsed.GetValue(backup), parsed.GetValue(target), parsed.GetValue(directory)?.FullName, cancellationToken));
        var parsed = new RootCommand("LaunchStack Operations") { command }.Parse(args);
        if (parsed.Errors.Count == 0)
            return await parsed.InvokeAsync();
        foreach (var error in parsed.Errors)
            await Console.Error.WriteLineAsync(error.Message);
        await Console.Error.WriteLineAsync("See restore --help.");
        return RestoreRunner.Usage;
    }
}
