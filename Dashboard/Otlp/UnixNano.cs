namespace LaunchStack.Dashboard.Otlp;

/// <summary>OTLP's nanoseconds since 1970. DateTimeOffset counts in 100 ns, so the last two digits are lost one way.</summary>
internal static class UnixNano
{
    private static readonly ulong MostTicks = (ulong)(DateTimeOffset.MaxValue - DateTimeOffset.UnixEpoch).Ticks;

    public static ulong Of(DateTimeOffset time) => (ulong)Math.Max(0, (time - DateTimeOffset.UnixEpoch).Ticks) * 100;

    public static DateTimeOffset Time(ulong nanos) => DateTimeOffset.UnixEpoch.AddTicks((long)Math.Min(nanos / 100, MostTicks));
}
