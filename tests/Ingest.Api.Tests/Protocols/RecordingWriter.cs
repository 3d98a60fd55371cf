using System.Collections.Concurrent;
using LaunchStack.Usage.Samples;
using LaunchStack.Usage.Writing;

namespace LaunchStack.Ingest.Api.Tests.Protocols;

/// <summary>A writer into memory, merging as the database does.</summary>
internal sealed class RecordingWriter : IUsageWriter
{
    private readonly Lock _gate = new();

    public Dictionary<(Guid Instance, long Time), SampleValues> Rows { get; } = [];

    public ConcurrentBag<Guid> Unknown { get; } = [];

    /// <summary>Thrown instead of writing.</summary>
    public Exception? Fault { get; set; }

    public UsageBatch Rent(ConflictMode conflict = ConflictMode.Skip)
    {
        if (Fault is TooManyRequestsException)
            throw Fault;
        return new(SampleWindow.Around(TimeProvider.System.GetUtcNow(), TimeSpan.FromDays(90), TimeSpan.FromMinutes(5)), conflict);
    }

    public Task<UsageOutcome> WriteAsync(UsageBatch batch, CancellationToken cancellationToken)
    {
        if (Fault is not null)
            return Task.FromException<UsageOutcome>(Fault);
        Assert.Equal(ConflictMode.Merge, batch.Conflict);
        var accepted = 0;
        lock (_gate)
        {
            for (var row = 0; row < batch.Samples.Count; row++)
            {
                if (Unknown.Contains(batch.Samples.Instances[row]))
                {
                    batch.Reject(batch.Samples.Indexes[row], RejectionCodes.UnknownInstance, "not registered");
                    continue;
                }

                accepted++;
                var key = (batch.Samples.Instances[row], batch.Samples.Times[row]);
                Rows[key] = Rows.GetValueOrDefault(key).RaisedBy(Values(batch.Samples, row));
            }
        }

        return Task.FromResult(new UsageOutcome(accepted, 0, batch.Rejections));
    }

    private static SampleValues Values(SampleColumns samples, int row) => new(
        samples.Fields[row], samples.Cpu[row], samples.Memory[row], samples.MemoryLimit[row], samples.Disk[row],
        samples.NetworkIn[row], samples.NetworkOut[row]);

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
