using LaunchStack.Ingest.Bench;

if (args is ["serve", ..])
    return await ServedApi.RunAsync(args[1..]);

if (args.Contains("--help") || args.Contains("-h"))
{
    Console.WriteLine(BenchOptions.Help);
    return 0;
}
if (!BenchOptions.TryParse(args, out var options, out var error))
{
    await Console.Error.WriteLineAsync($"{error}\n\n{BenchOptions.Help}");
    return 1;
}
return await new BenchRun(options).RunAsync();
