using LaunchStack.Usage.Samples;

namespace LaunchStack.TestSupport;

/// <summary>Batches as tests fill them.</summary>
public static class UsageBatchExtensions
{
    /// <summary>Adds a sample.</summary>
    public static bool Add(this UsageBatch batch, int index, in UsageSample sample) =>
        batch.Add(index, sample.InstanceId, PostgresTime.FromInstant(sample.Timestamp), sample.Values);
}
