using LaunchStack.Usage;

namespace LaunchStack.Ingest.Api.Mapping;

/// <summary>
/// The newest step of a sum and how far apart its steps come. A longer silence than usual may be one that another writer has filled: another
/// replica, or another key of the same instance.
/// </summary>
/// <param name="Newest">The newest step that the sum is known up to; <see cref="long.MinValue"/> before the first.</param>
/// <param name="Value">The greatest sum of that step: its row's.</param>
/// <param name="Gap">How far it was from the step before.</param>
/// <param name="Usual">How far they are apart for the most part.</param>
/// <param name="Remembered">Steps of which the parts are remembered.</param>
internal readonly record struct SumPace(long Newest, double Value, long Gap = 0, long Usual = 0, int Remembered = 0)
{
    /// <summary>Of a sum without a step.</summary>
    public static readonly SumPace None = new(long.MinValue, 0);

    // Steps by which the parts of a sum may always be apart on their way here: senders such as Prometheus send them over several connections.
    private const int AlwaysRemembered = 8;

    // What such a sender has kept back comes in requests of many steps, and one connection may be eight requests ahead of another. Twice that: where
    // its series are fewer, its requests hold more steps than those of the one that is behind, by which this is reckoned.
    private const int RequestsApart = 16;

    // Times that are on no step differ within one reading.
    private const long MinUsual = 1_000_000_000;

    /// <summary>Remembers as many steps as parts may be apart, when a request holds so many.</summary>
    /// <param name="steps">Steps of the request.</param>
    /// <param name="most">What there is memory for.</param>
    public SumPace Remember(int steps, int most)
    {
        var needed = (int)Math.Min(AlwaysRemembered + ((steps - 1L) * RequestsApart), int.MaxValue);
        return this with { Remembered = Math.Max(AlwaysRemembered, Math.Min(most, Math.Max(needed, Remembered - (Remembered / 8)))) };
    }

    /// <summary>Goes on with the sum of a step.</summary>
    public SumPace Next(long step, double value)
    {
        if (step <= Newest)
            return step == Newest && value > Value ? this with { Value = value } : this;
        if (Newest == long.MinValue)
            return this with { Newest = step, Value = value };
        // One long silence does not make the next one usual.
        var gap = step - Newest;
        return new(step, value, gap, Math.Max(Math.Min(gap, Gap), Usual - (Usual / 8)), Remembered);
    }

    /// <summary>The time from which on a sample comes after an unusual silence.</summary>
    public long SilentFrom(long stepLength)
    {
        if (Newest == long.MinValue)
            return long.MaxValue;
        var silence = Math.Max(Math.Max(stepLength, MinUsual), Usual) / 2 * 3;
        return Newest + (stepLength == 0 ? silence : TimeBucket.Floor(silence + stepLength - 1, stepLength));
    }

    /// <summary>Whether a stored row is none of this sum's.</summary>
    public bool IsOfAnother(in StoredSum row) => row.Time > Newest || (row.Time == Newest && row.Value > Math.Ceiling(Value));
}
