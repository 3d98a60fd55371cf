using LaunchStack.Usage.Samples;

namespace LaunchStack.Usage.Writing;

/// <summary>The one way in for samples that have been admitted. Wire protocols do not call it: the pipeline of the service does, which checks whose they are.</summary>
public interface IUsageWriter
{
    /// <summary>An empty batch whose time window is the server's, now.</summary>
    /// <param name="conflict">What a sample does whose identity is there already.</param>
    UsageBatch CreateBatch(ConflictMode conflict = ConflictMode.Skip);

    /// <summary>
    /// Commits the batch together with whatever else waits, then answers. Rejections that the batch already holds
    /// come back in the outcome. An empty batch costs no commit.
    /// </summary>
    /// <param name="batch">Filled by the caller, who disposes of it after this has ended.</param>
    /// <param name="cancellationToken">
    /// Gives up before the batch is queued only; from then on the answer is waited for, so that nobody writes from a returned buffer.
    /// </param>
    /// <exception cref="TooManyRequestsException">The queue is full; nothing was kept.</exception>
    /// <exception cref="Database.DatabaseUnavailableException">The database is away; sending again is harmless.</exception>
    Task<UsageOutcome> WriteAsync(UsageBatch batch, CancellationToken cancellationToken);
}
