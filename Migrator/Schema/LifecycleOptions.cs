using LaunchStack.Usage;
using LaunchStack.Usage.Samples;
using Microsoft.Extensions.Configuration;

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

    /// <summary>How long after its end a month stays open for late samples: <c>Metering:Grace</c> of the Aggregator.</summary>
    public TimeSpan MeteringGrace { get; init; } = StatementNeed.DefaultGrace;

    internal static readonly TimeSpan Hour = TimeSpan.FromHours(1);
    internal static readonly TimeSpan Day = TimeSpan.FromDays(1);

    /// <summary>What is set of rollups, by configuration key.</summary>
    internal Dictionary<string, TimeSpan> Rollups { get; init; } = [];

    /// <summary>What the configuration says.</summary>
    /// <exception cref="SchemaException">A value is no time span; the message names its key.</exception>
    public static LifecycleOptions Read(IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        try
        {
            var lifecycle = configuration.GetSection(Section).Get<LifecycleOptions>() ?? new LifecycleOptions();
            foreach (var rollup in Rollup.All)
            {
                if (configuration.GetValue<TimeSpan?>(rollup.RefreshKey) is { } window)
                    lifecycle.Rollups.Add(rollup.RefreshKey, window);
                if (rollup.Retention is { } retention)
                    lifecycle.Rollups.Add(rollup.RetentionKey, configuration.GetValue(rollup.RetentionKey, retention));
            }

            return lifecycle with { MeteringGrace = configuration.GetValue("Metering:Grace", lifecycle.MeteringGrace) };
        }
        catch (InvalidOperationException error)
        {
            throw new SchemaException($"{error.Message} A time span is written d.hh:mm:ss, for example 90.00:00:00.", error);
        }
    }

    /// <summary>How far back a rollup follows what it is made of. Default: as far as that surely exists.</summary>
    internal TimeSpan RefreshOf(Rollup rollup) =>
        Rollups.TryGetValue(rollup.RefreshKey, out var window) ? window : RetentionOf(rollup.Finer) - rollup.Bucket * 3;

    /// <summary>Age at which a rollup, or (null) the samples, are dropped, once the next level has them.</summary>
    internal TimeSpan RetentionOf(Rollup? rollup) =>
        rollup is null ? RawRetention : Rollups.TryGetValue(rollup.RetentionKey, out var retention) ? retention : rollup.Retention!.Value;

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
        var first = Rollup.All[0];
        if (ChunkInterval < first.Bucket || ChunkInterval.Ticks % first.Bucket.Ticks != 0)
            yield return $"Lifecycle:ChunkInterval ({ChunkInterval}) must be a multiple of {first.Bucket}, so that no chunk border cuts a bucket of {first.Name}.";
        if (CompressAfter <= TimeSpan.Zero)
            yield return $"Lifecycle:CompressAfter ({CompressAfter}) must be longer than zero.";
        if (RawRetention < StatementNeed.Retention(MeteringGrace))
            yield return $"Lifecycle:RawRetention ({RawRetention}) must be at least {StatementNeed.Retention(MeteringGrace)}, a month and Metering:Grace ({MeteringGrace}) and a day: "
                + "a month's statement is computed from raw samples.";

        if (ChunkInterval > RawRetention)
            yield return $"Lifecycle:ChunkInterval ({ChunkInterval}) must not be longer than Lifecycle:RawRetention ({RawRetention}): a chunk is dropped whole.";
        if (CompressAfter >= RawRetention)
            yield return $"Lifecycle:CompressAfter ({CompressAfter}) must be shorter than Lifecycle:RawRetention ({RawRetention}): later there is nothing left to compress.";

        foreach (var rollup in Rollup.All)
        {
            var (kept, key) = (RetentionOf(rollup.Finer), rollup.Finer?.RetentionKey ?? "Lifecycle:RawRetention");
            if (rollup.Retention is not null && RetentionOf(rollup) < kept)
                yield return $"{rollup.RetentionKey} ({RetentionOf(rollup)}) must not be shorter than {key} ({kept}): a rollup outlives what it is made of.";

            if (!Rollups.TryGetValue(rollup.RefreshKey, out var window))
                continue;

            // TimescaleDB wants two whole buckets between start and end offset; the end offset is one.
            if (window < rollup.Bucket * 3)
                yield return $"{rollup.RefreshKey} ({window}) must be at least {rollup.Bucket * 3}: three buckets.";

            // A refresh over dropped data replaces its history by nothing. One bucket of distance covers a drop that runs meanwhile.
            if (window > kept - rollup.Bucket)
                yield return $"{rollup.RefreshKey} ({window}) reaches into data that {key} ({kept}) drops; a refresh there would erase "
                    + $"history. Make it at most {kept - rollup.Bucket}, or leave it out.";
        }
    }
}
