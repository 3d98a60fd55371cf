using System.Diagnostics;
using System.Globalization;
using LaunchStack.Aggregator.Alerts.Evaluation;
using LaunchStack.Aggregator.Alerts.Notifications;
using LaunchStack.Aggregator.Alerts.Running;
using LaunchStack.Alerts.Bench;
using LaunchStack.Usage.Outbox;

// dotnet run -c Release --project bench/alerts -- CONNECTION [INSTANCES 10000] [SPAN '10 minutes'] [TICKS 12]
// Evaluates ticks one by one, as a running aggregator does, then as many at once, as after a stop.
var server = args.Length > 0 ? args[0] : throw new ArgumentException("Give the connection string of a TimescaleDB server.");
var instances = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 10_000;
var span = args.Length > 2 ? args[2] : "10 minutes";
var count = args.Length > 3 ? int.Parse(args[3], CultureInfo.InvariantCulture) : 12;

await using var database = await BenchDatabase.CreateAsync(server, instances, AlertTicks.Interval * count * 2);
await database.AddRulesAsync(span);
var store = new AlertStore(database.Source);
var evaluator = new AlertEvaluator(
    store, new(database.Source), new(database.Source, new NotificationOptions(), new OutboxSignal()), TimeProvider.System);

var claim = new EvaluationClaim(BenchDatabase.Start, BenchDatabase.Start - AlertTicks.Interval);
var seconds = new List<double>();
for (var i = 0; i < count; i++)
    await EvaluateAsync(1);
Console.WriteLine($"{instances} instances, 10 rules, spans up to {span}: first tick {seconds[0]:0.00} s, then median {seconds.Skip(1).Order().ElementAt((count - 1) / 2):0.00} s, longest {seconds.Skip(1).Max():0.00} s");
seconds.Clear();
await EvaluateAsync(count);
Console.WriteLine($"{count} missed ticks at once: {seconds[0]:0.00} s; {Process.GetCurrentProcess().PeakWorkingSet64 >> 20} MB");

async Task EvaluateAsync(int ticks)
{
    var last = claim.Done + AlertTicks.Interval * ticks;
    var (watch, processor) = (Stopwatch.StartNew(), Process.GetCurrentProcess().TotalProcessorTime);
    var result = await evaluator.EvaluateAsync(claim, last, CancellationToken.None);
    seconds.Add(watch.Elapsed.TotalSeconds);
    Console.WriteLine($"  {last:HH:mm:ss} {watch.Elapsed.TotalSeconds:0.00} s, of the processor {(Process.GetCurrentProcess().TotalProcessorTime - processor).TotalSeconds:0.00} s here, {result!.Transitions.Count} transitions");
    claim = claim with { Done = last };
}
