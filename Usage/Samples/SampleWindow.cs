namespace LaunchStack.Usage.Samples;

/// <summary>The times that samples of one request may carry, as in <see cref="PostgresTime"/>.</summary>
/// <param name="Earliest">Oldest time that retention would still keep.</param>
/// <param name="Latest">Server time plus the allowed skew.</param>
public readonly record struct SampleWindow(long Earliest, long Latest)
{
    /// <summary>Whether a sample may carry this time.</summary>
    public bool Holds(long time) => time >= Earliest && time <= Latest;

    /// <summary>How far a client's clock may be ahead of the server's.</summary>
    public static readonly TimeSpan AllowedAhead = TimeSpan.FromMinutes(5);

    /// <summary>The window around <paramref name="now"/>: what is still kept, but not from before all clocks' epoch, and <see cref="AllowedAhead"/>.</summary>
    /// <param name="now">The server's time.</param>
    /// <param name="kept">How long samples are kept; null: for ever.</param>
    public static SampleWindow Around(DateTimeOffset now, TimeSpan? kept) =>
        new(PostgresTime.FromInstant(now - kept is { } since && since > DateTimeOffset.UnixEpoch ? since : DateTimeOffset.UnixEpoch), PostgresTime.FromInstant(now + AllowedAhead));
}
