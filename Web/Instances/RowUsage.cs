using LaunchStack.Web.Charts;

namespace LaunchStack.Web.Instances;

/// <summary>What a row of the list shows of an instance.</summary>
/// <param name="Latest">The newest bucket of the last hour; null: it was silent.</param>
/// <param name="Spark">CPU of the last hour.</param>
/// <param name="TrafficToday">Bytes in and out since midnight UTC.</param>
internal sealed record RowUsage(UsageBucket? Latest, IReadOnlyList<double?> Spark, double TrafficToday)
{
    // 288 to a day: what the finest rollup has.
    public static readonly TimeSpan Bucket = TimeSpan.FromMinutes(5);

    /// <summary>Where the history begins that a row is made of: an hour ago, or midnight.</summary>
    public static DateTimeOffset Start(DateTimeOffset now) => Midnight(now) is var midnight && now.AddHours(-1) < midnight ? now.AddHours(-1) : midnight;

    public static RowUsage Of(IReadOnlyList<UsageBucket> buckets, DateTimeOffset now)
    {
        var hour = buckets.Where(b => b.Timestamp > now.AddHours(-1) - Bucket).ToList();
        var first = now.AddHours(-1);
        var spark = new double?[13];
        foreach (var bucket in hour)
            spark[Math.Clamp((int)((bucket.Timestamp - first) / Bucket), 0, spark.Length - 1)] = bucket.CpuUsage;
        return new(hour.LastOrDefault(), spark, buckets.Where(b => b.Timestamp >= Midnight(now)).Sum(b => (b.NetworkIn ?? 0) + (b.NetworkOut ?? 0)));
    }

    private static DateTimeOffset Midnight(DateTimeOffset now) => new(now.UtcDateTime.Date, TimeSpan.Zero);
}
