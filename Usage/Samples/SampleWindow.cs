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

    /// <summary>The window around <paramref name="now"/>: what retention would still keep, and <see cref="AllowedAhead"/>.</summary>
    public static SampleWindow Around(DateTimeOffset now, TimeSpan rawRetention) =>
        new(PostgresTime.FromInstant(now - rawRetention), PostgresTime.FromInstant(now + AllowedAhead));
}
