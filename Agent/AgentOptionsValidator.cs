using LaunchStack.Agent.Delivery;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace LaunchStack.Agent;

/// <summary>Checks the options on start; every message names the key, the value found, its unit and its range.</summary>
internal sealed class AgentOptionsValidator(IConfiguration configuration) : IValidateOptions<AgentOptions>
{
    public ValidateOptionsResult Validate(string? name, AgentOptions options)
    {
        var failures = new List<string>();

        Span("Agent:Interval", options.Interval, TimeSpan.FromMilliseconds(100), TimeSpan.FromHours(1));
        Span("Agent:Delivery:RequestTimeout", options.Delivery.RequestTimeout, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(10));
        Span("Agent:Delivery:RetryMin", options.Delivery.RetryMin, TimeSpan.FromMilliseconds(10), TimeSpan.FromHours(1));
        Span("Agent:Delivery:RetryMax", options.Delivery.RetryMax, options.Delivery.RetryMin, TimeSpan.FromHours(1));
        Span("Agent:Delivery:RefusedRetry", options.Delivery.RefusedRetry, TimeSpan.FromMilliseconds(10), TimeSpan.FromHours(1));
        Number("Agent:Delivery:BatchSize", options.Delivery.BatchSize, 1, 10_000, "samples of one request");
        Number("Agent:Simulate", options.Simulate, 0, 100_000, "simulated instances");
        Number("Agent:Spool:SegmentBytes", options.Spool.SegmentBytes, 4 << 10, 64 << 20, "bytes");
        // Two segments at least: one is written while the other one waits.
        Number("Agent:Spool:MaxBytes", options.Spool.MaxBytes, 2L * options.Spool.SegmentBytes, 1L << 40, "bytes, twice Agent:Spool:SegmentBytes or more");

        if (!options.Machine && options.Simulate == 0)
            failures.Add("Agent:Machine is false and Agent:Simulate is 0: nothing is left to sample. Set one of them.");
        if (!options.Endpoint.IsAbsoluteUri || !options.Endpoint.Scheme.StartsWith("http", StringComparison.OrdinalIgnoreCase))
            failures.Add($"Agent:Endpoint is '{options.Endpoint}': give the base address of Ingest.Api, for example http://localhost:5080");
        if (string.IsNullOrWhiteSpace(options.Name) || options.Name.Length > 100)
            failures.Add("Agent:Name must have 1 to 100 characters.");
        if (options.InstanceId == Guid.Empty)
            failures.Add("Agent:InstanceId is all zeros: give the instance's own UUID, or leave it out.");
        CheckKey(options, failures);

        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);

        void Span(string key, TimeSpan value, TimeSpan least, TimeSpan most)
        {
            if (value < least || value > most)
            {
                failures.Add($"{key} is {value:c} ([days.]hours:minutes:seconds): it must be from {least:c} to {most:c}. "
                    + "A bare number means days; ten seconds are 00:00:10.");
            }
        }

        void Number(string key, long value, long least, long most, string unit)
        {
            if (value < least || value > most)
                failures.Add($"{key} is {value}: it must be from {least} to {most} ({unit}).");
        }
    }

    private void CheckKey(AgentOptions options, List<string> failures)
    {
        var setting = BearerKey.SettingIn(configuration);
        var key = configuration[setting];
        if (options.KeyFile is { Length: > 0 } file)
        {
            if (!File.Exists(file))
                failures.Add($"Agent:KeyFile is '{file}': there is no such file.");
        }
        else if (string.IsNullOrWhiteSpace(key))
        {
            failures.Add($"{setting} is empty: give the key of Ingest.Api in the environment as Auth__Key, or a file with it as --key-file.");
        }
        else if (!BearerKey.IsKey(key))
        {
            failures.Add($"{setting} has a space or a character outside ASCII in it: it cannot stand in a header.");
        }
    }
}
