using System.Numerics;

namespace LaunchStack.Aggregator.Metering.Pricing;

/// <summary>The unit that a price is for.</summary>
/// <param name="Name">As it stands on a card: <c>core-hour</c>, <c>GiB-hour</c>, <c>GB</c>.</param>
/// <param name="Base">How many base units (core-nanoseconds, byte-milliseconds, bytes) it is.</param>
internal sealed record BillingUnit(string Name, BigInteger Base)
{
    private static readonly (string Name, long Milliseconds)[] Times = [("minute", 60_000), ("hour", 3_600_000)];
    private static readonly (string Name, long Bytes)[] Sizes = [("GB", 1_000_000_000), ("GiB", 1L << 30)];

    private static readonly BillingUnit[] Processor = [.. Times.Select(t => new BillingUnit($"core-{t.Name}", new BigInteger(t.Milliseconds) * 1_000_000))];
    private static readonly BillingUnit[] Held = [.. Sizes.SelectMany(s => Times.Select(t => new BillingUnit($"{s.Name}-{t.Name}", new BigInteger(s.Bytes) * t.Milliseconds)))];
    private static readonly BillingUnit[] Moved = [.. Sizes.Select(s => new BillingUnit(s.Name, s.Bytes))];

    /// <summary>The units that fit a measure.</summary>
    public static IReadOnlyList<BillingUnit> For(ChargedMeasure measure) => measure switch
    {
        ChargedMeasure.Cpu => Processor,
        ChargedMeasure.Memory or ChargedMeasure.Disk => Held,
        _ => Moved,
    };

    /// <summary>The unit of that name; null: it does not fit the measure.</summary>
    public static BillingUnit? Find(ChargedMeasure measure, string? name) => For(measure).FirstOrDefault(unit => unit.Name == name);
}
