using LaunchStack.Usage.Samples;
using LaunchStack.Usage.Writing;

namespace LaunchStack.Ingest.Api.Tests.Protocols;

/// <summary>A writer into memory, merging as the database does.</summary>
internal sealed class RecordingWriter : IUsageWriter
{
    private readonly Lock _gate = new();

    public Dictionary<(Guid Instance, long Time), SampleValues> Rows { get; } = [];

    /// <summary>Thrown instead of writing.</summary>
    public Exception? Fault { get; set; }

    /// <summary>Requests turned away by <see cref="Fault"/>.</summary>
    public int TurnedAway { get; private set; }

    public UsageBatch CreateBatch(ConflictMode conflict = ConflictMode.Skip)
    {
        if (Fault is TooManyRequestsException)
        {
            TurnedAway++;
            throw Fault;
        }
        return new(SampleWindow.Around(TimeProvider.System.GetUtcNow(), TimeSpan.FromDays(90)), conflict);
    }

    public Task<UsageOutcome> WriteAsync(UsageBatch batch, CancellationToken cancellationToken)
    {
        if (Fault is not null)
            return Task.FromException<UsageOutcome>(Fault);
        Assert.Equal(ConflictMode.Merge, batch.Conflict);
        lock (_gate)
        {
            foreach (ref readonly var row in batch.Samples.Rows)
            {
                var values = Rows.GetValueOrDefault((row.Instance, row.Time));
                values.Raise(row.Values);
                Rows[(row.Instance, row.Time)] = values;
            }
        }

        return Task.FromResult(new UsageOutcome(batch.Samples.Count, 0, batch.Rejections));
    }

    /// <summary>The rows of an instance, oldest first.</summary>
    public IReadOnlyList<(DateTimeOffset Time, SampleValues Values)> Of(Guid instance)
    {
        lock (_gate)
        {
            return
            [
                .. Rows.Where(row => row.Key.Instance == instance).OrderBy(row => row.Key.Time)
                    .Select(row => (new DateTimeOffset(PostgresTime.ToDateTime(row.Key.Time)), row.Value)),
            ];
        }
    }
}
