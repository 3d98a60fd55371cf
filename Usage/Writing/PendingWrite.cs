using System.Diagnostics;
using LaunchStack.Usage.Samples;

namespace LaunchStack.Usage.Writing;

/// <summary>A request on its way to a commit.</summary>
internal sealed class PendingWrite(UsageBatch batch, Activity? activity)
{
    // The committing loop must not run the request's continuation itself.
    private readonly TaskCompletionSource<UsageOutcome> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public UsageBatch Batch { get; } = batch;

    /// <summary>Span of the request; linked both ways with the commit's.</summary>
    public Activity? Activity { get; } = activity;

    public int Rows { get; } = batch.Samples.Count;

    public long Bytes { get; } = batch.Samples.Bytes;

    public int Accepted { get; set; }

    public int Duplicates { get; set; }

    public Task<UsageOutcome> Answer => _answer.Task;

    public void Complete() => _answer.TrySetResult(Outcome(Batch, Accepted, Duplicates));

    public void Fail(Exception cause) => _answer.TrySetException(cause);

    public static UsageOutcome Outcome(UsageBatch batch, int accepted, int duplicates) =>
        new(accepted, duplicates, batch.Rejections.Count < 2 ? batch.Rejections : [.. batch.Rejections.OrderBy(r => r.Index)]);
}
