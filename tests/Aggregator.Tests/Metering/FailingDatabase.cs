using System.Diagnostics;
using Npgsql;

namespace LaunchStack.Aggregator.Tests.Metering;

/// <summary>A pool whose n-th command, counted from 0, breaks off what runs on it: what a crash at that point would leave is left.</summary>
internal sealed class FailingDatabase : IAsyncDisposable
{
    private readonly NpgsqlDataSource _source;
    private readonly ActivityListener _listener;
    private int _left;

    public FailingDatabase(string connectionString, int at)
    {
        _left = at;
        // The filters are asked only while somebody listens.
        _listener = new() { ShouldListenTo = source => source.Name == "Npgsql", Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.None };
        ActivitySource.AddActivityListener(_listener);
        var builder = new NpgsqlDataSourceBuilder(connectionString);
        builder.ConfigureTracing(tracing => tracing.ConfigureCommandFilter(_ => Count()).ConfigureBatchFilter(_ => Count()));
        _source = builder.Build();
    }

    /// <summary>False: it was broken off.</summary>
    public async Task<bool> RunAsync<T>(Func<NpgsqlDataSource, Task<T>> action)
    {
        try
        {
            await action(_source);
            return true;
        }
        catch (BrokenOffException)
        {
            return false;
        }
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        await _source.DisposeAsync();
    }

    private bool Count() => Interlocked.Decrement(ref _left) >= -1 && _left == -1 ? throw new BrokenOffException() : false;

    private sealed class BrokenOffException : Exception;
}
