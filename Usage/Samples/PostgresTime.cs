namespace LaunchStack.Usage.Samples;

/// <summary>
/// PostgreSQL's own clock: whole microseconds since 2000-01-01 UTC. A sample's identity has this resolution;
/// what a client sends beyond it is cut off.
/// </summary>
public static class PostgresTime
{
    private const long EpochTicks = 630822816000000000;

    /// <summary>Microseconds of an instant, rounded down.</summary>
    public static long FromInstant(DateTimeOffset instant) => FromTicks(instant.UtcTicks);

    /// <summary>Microseconds of UTC ticks, rounded down.</summary>
    public static long FromTicks(long utcTicks)
    {
        var (quotient, remainder) = Math.DivRem(utcTicks - EpochTicks, TimeSpan.TicksPerMicrosecond);
        return remainder < 0 ? quotient - 1 : quotient;
    }

    /// <summary>Microseconds of a time as Npgsql gives it: UTC; infinities are the ends of the range, as in PostgreSQL itself.</summary>
    public static long FromDateTime(DateTime time) =>
        time == DateTime.MaxValue ? long.MaxValue : time == DateTime.MinValue ? long.MinValue : FromTicks(time.Ticks);

    /// <summary>The instant, as Npgsql wants it for <c>timestamptz</c>.</summary>
    public static DateTime ToDateTime(long micros) =>
        new(EpochTicks + micros * TimeSpan.TicksPerMicrosecond, DateTimeKind.Utc);
}
