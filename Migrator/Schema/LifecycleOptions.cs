using LaunchStack.Usage;

namespace LaunchStack.Migrator.Schema;

/// <summary>How long data lives and in which form: section <c>Lifecycle</c> (<c>Lifecycle__RawRetention=30.00:00:00</c>).</summary>
public sealed record LifecycleOptions
{
    /// <summary>Name of the configuration section.</summary>
    public const string Section = "Lifecycle";

    /// <summary>Time that one chunk of raw samples spans; a multiple of five minutes. Applies to new chunks.</summary>
    public TimeSpan ChunkInterval { get; init; } = TimeSpan.FromDays(1);

    /// <summary>Age at which a chunk of raw samples is turned into columns.</summary>
    public TimeSpan CompressAfter { get; init; } = TimeSpan.FromDays(7);

    /// <summary>Age at which raw samples are dropped, once they are rolled up.</summary>
    public TimeSpan RawRetention { get; init; } = TimeSpan.FromDays(90);

    /// <summary>Age at which the 5-minute rollup is dropped, once the hourly one has it.</summary>
    public TimeSpan FiveMinuteRetention { get; init; } = TimeSpan.FromDays(180);

    /// <summary>Age at which the hourly rollup is dropped, once the daily one has it. Daily rows are kept.</summary>
    public TimeSpan HourlyRetention { get; init; } = TimeSpan.FromDays(730);

    /// <summary>How long after its end a month stays open for late samples: <c>Metering:Grace</c> of the Aggregator.</summary>
    public TimeSpan MeteringGrace { get; init; } = TimeSpan.FromHours(2);

    /// <summary>How far back the 5-minute rollup follows late samples. Default: as far as raw samples surely exist.</summary>
    public TimeSpan? FiveMinuteRefreshWindow { get; init; }

    /// <summary>How far back the hourly rollup follows the 5-minute one. Default: as far as that surely exists.</summary>
    public TimeSpan? HourlyRefreshWindow { get; init; }

    /// <summary>How far back the daily rollup follows the hourly one. Default: as far as that surely exists.</summary>
    public TimeSpan? DailyRefreshWindow { get; init; }

    internal static readonly TimeSpan FiveMinutes = TimeSpan.FromMinutes(5);
    internal static readonly TimeSpan Hour = TimeSpan.FromHours(1);
    internal static readonly TimeSpan Day = TimeSpan.FromDays(1);

    /// <summary>How far back a rollup follows what it is made of.</summary>
    internal TimeSpan RefreshOf(Rollup rollup) => (rollup.Name switch
    {
        "resource_usage_5m" => FiveMinuteRefreshWindow,
        "resource_usage_hourly" => HourlyRefreshWindow,
        "resource_usage_daily" => DailyRefreshWindow,
        _ => throw new ArgumentOutOfRangeException(nameof(rollup), rollup.Name, "This rollup has no refresh window."),
    }) ?? RetentionOf(rollup.Source) - rollup.Bucket * 3;

    /// <summary>Age at which a rollup's source is dropped, once the rollup has it.</summary>
    internal TimeSpan RetentionOf(string source) => source switch
    {
        "resource_usage" => RawRetention,
        "resource_usage_5m" => FiveMinuteRetention,
        "resource_usage_hourly" => HourlyRetention,
        _ => throw new ArgumentOutOfRangeException(nameof(source), source, "This relation has no retention."),
    };

    /// <summary>Checks the windows against each other.</summary>
    /// <exception cref="SchemaException">They contradict; the message names the configuration keys.</exception>
    public void Validate()
    {
        var errors = Contradictions().ToList();
        if (errors.Count > 0)
            throw new SchemaException(string.Join(Environment.NewLine, errors));
    }

    private IEnumerable<string> Contradictions()
    {
        if (ChunkInterval < FiveMinutes || ChunkInterval.Ticks % FiveMinutes.Ticks != 0)
            yield return $"Lifecycle:ChunkInterval ({ChunkInterval}) must be a multiple of 00:05:00, so that no chunk border cuts a bucket of the 5-minute rollup.";
        if (CompressAfter <= TimeSpan.Zero)
            yield return $"Lifecycle:CompressAfter ({CompressAfter}) must be longer than zero.";
        // The longest month, its grace, and a day: what reaches into the month's first, and time to compute it all.
        if (RawRetention < Day * 32 + MeteringGrace)
            yield return $"Lifecycle:RawRetention ({RawRetention}) must be at least {Day * 32 + MeteringGrace}, a month and Metering:Grace ({MeteringGrace}) and a day: "
                + "a month's statement is computed from raw samples.";
        if (FiveMinuteRetention < Day)
            yield return $"Lifecycle:FiveMinuteRetention ({FiveMinuteRetention}) must be at least 1.00:00:00.";
        if (HourlyRetention < Day * 7)
            yield return $"Lifecycle:HourlyRetention ({HourlyRetention}) must be at least 7.00:00:00.";

        if (ChunkInterval > RawRetention)
            yield return $"Lifecycle:ChunkInterval ({ChunkInterval}) must not be longer than Lifecycle:RawRetention ({RawRetention}): a chunk is dropped whole.";
        if (CompressAfter >= RawRetention)
            yield return $"Lifecycle:CompressAfter ({CompressAfter}) must be shorter than Lifecycle:RawRetention ({RawRetention}): later there is nothing left to compress.";
        if (FiveMinuteRetention < RawRetention)
            yield return $"Lifecycle:FiveMinuteRetention ({FiveMinuteRetention}) must not be shorter than Lifecycle:RawRetention ({RawRetention}): a rollup outlives what it is made of.";
        if (HourlyRetention < FiveMinuteRetention)
            yield return $"Lifecycle:HourlyRetention ({HourlyRetention}) must not be shorter than Lifecycle:FiveMinuteRetention ({FiveMinuteRetention}): a rollup outlives what it is made of.";

        foreach (var error in RefreshErrors(nameof(FiveMinuteRefreshWindow), FiveMinuteRefreshWindow, FiveMinutes, nameof(RawRetention), RawRetention)
                     .Concat(RefreshErrors(nameof(HourlyRefreshWindow), HourlyRefreshWindow, Hour, nameof(FiveMinuteRetention), FiveMinuteRetention))
                     .Concat(RefreshErrors(nameof(DailyRefreshWindow), DailyRefreshWindow, Day, nameof(HourlyRetention), HourlyRetention)))
        {
            yield return error;
        }
    }

    private static IEnumerable<string> RefreshErrors(string key, TimeSpan? window, TimeSpan bucket, string retentionKey, TimeSpan retention)
    {
        // TimescaleDB wants two whole buckets between start and end offset; the end offset is one.
        if (window < bucket * 3)
            yield return $"Lifecycle:{key} ({window}) must be at least {bucket * 3}: three buckets.";

        // A refresh over dropped data replaces its history by nothing. One bucket of distance covers a drop that runs meanwhile.
        if (window > retention - bucket)
            yield return $"Lifecycle:{key} ({window}) reaches into data that Lifecycle:{retentionKey} ({retention}) drops; a refresh there would erase "
                + $"history. Make it at most {retention - bucket}, or leave it out.";
    }
}
