using System.Collections.ObjectModel;

namespace LaunchStack.Usage.Samples;

/// <summary>
/// The samples of one request on their way to <see cref="Writing.IUsageWriter.WriteAsync"/>; rent it from
/// <see cref="Writing.IUsageWriter.CreateBatch"/>, fill it, write it, dispose of it. Not thread-safe.
/// </summary>
public sealed class UsageBatch : IDisposable
{
    private List<UsageRejection>? _rejections;

    /// <summary>An empty batch.</summary>
    /// <param name="window">Times that are accepted.</param>
    /// <param name="conflict">What a sample does whose identity is there already.</param>
    public UsageBatch(SampleWindow window, ConflictMode conflict = ConflictMode.Skip)
    {
        Window = window;
        Conflict = conflict;
    }

    /// <summary>Times that are accepted.</summary>
    public SampleWindow Window { get; }

    /// <summary>What a sample does whose identity is there already.</summary>
    public ConflictMode Conflict { get; }

    /// <summary>The good samples, in the order they were added.</summary>
    public SampleList Samples { get; } = new();

    /// <summary>Names of instances that nobody has registered, by the id each is to have, where the request may register them.</summary>
    public IReadOnlyDictionary<Guid, string> NewNames { get; set; } = ReadOnlyDictionary<Guid, string>.Empty;

    /// <summary>The samples refused so far.</summary>
    public IReadOnlyList<UsageRejection> Rejections => _rejections ?? (IReadOnlyList<UsageRejection>)[];

    /// <summary>Adds a sample, or rejects it when it breaks <see cref="SampleRules"/>.</summary>
    /// <param name="index">Its place in the request; comes back in <see cref="UsageRejection.Index"/>.</param>
    /// <param name="instance">Whose it is.</param>
    /// <param name="time">When it was measured, in <see cref="PostgresTime"/>.</param>
    /// <param name="values">What was measured.</param>
    /// <returns>False when it was rejected.</returns>
    public bool Add(int index, Guid instance, long time, in SampleValues values)
    {
        if (SampleRules.Broken(Window, time, values) is var (code, detail))
        {
            Reject(index, code, detail);
            return false;
        }
        Samples.Add(index, instance, time, values);
        return true;
    }

    /// <summary>Notes that a part of the request is not kept.</summary>
    public void Reject(int index, string code, string detail) =>
        (_rejections ??= []).Add(new UsageRejection(index, code, detail));

    /// <summary>Rejects the samples of instances that are not registered.</summary>
    /// <param name="isRegistered">Tells those that are.</param>
    public void RejectUnknown(Predicate<Guid> isRegistered)
    {
        ArgumentNullException.ThrowIfNull(isRegistered);
        Samples.RemoveWhere(row =>
        {
            if (isRegistered(row.Instance))
                return false;
            Reject(row.Index, RejectionCodes.UnknownInstance, $"instance_id: {row.Instance} is not registered. PUT /v1/instances/{row.Instance} first.");
            return true;
        });
    }

    /// <summary>Rejects the samples of some instances.</summary>
    /// <param name="isRejected">Tells those.</param>
    /// <param name="code">One of <see cref="RejectionCodes"/>.</param>
    /// <param name="reason">Why, in words that go behind the instance's id.</param>
    public void RejectInstances(Predicate<Guid> isRejected, string code, string reason)
    {
        ArgumentNullException.ThrowIfNull(isRejected);
        Samples.RemoveWhere(row =>
        {
            if (!isRejected(row.Instance))
                return false;
            Reject(row.Index, code, $"instance_id: {row.Instance} is {reason}");
            return true;
        });
    }

    /// <summary>Gives the memory back to the pool. Only after <see cref="Writing.IUsageWriter.WriteAsync"/> has ended.</summary>
    public void Dispose() => Samples.Dispose();
}
