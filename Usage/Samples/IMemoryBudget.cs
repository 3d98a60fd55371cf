namespace LaunchStack.Usage.Samples;

/// <summary>Memory that requests take while they are read and written; together they get no more than there is. Thread-safe.</summary>
public interface IMemoryBudget
{
    /// <summary>Takes bytes.</summary>
    /// <exception cref="Writing.TooManyRequestsException">Other requests hold them; nothing was taken.</exception>
    void Take(long bytes);

    /// <summary>Gives bytes back.</summary>
    void Give(long bytes);
}
