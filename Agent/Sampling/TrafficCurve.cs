namespace LaunchStack.Agent.Sampling;

/// <summary>
/// Bytes per second that swing over the day and over minutes, with the integral in closed form: a counter needs no memory of
/// what was reported before. The two swings add up to less than one, so that the rate is never negative.
/// </summary>
/// <param name="rate">Mean bytes per second.</param>
/// <param name="peakAt">Second of the day with the most traffic.</param>
/// <param name="ripple">Period of the short swing, in seconds.</param>
internal sealed class TrafficCurve(double rate, double peakAt, double ripple)
{
    private const double DayOmega = 2 * Math.PI / 86_400;
    private const double DaySwing = 0.7;
    private const double RippleSwing = 0.25;

    private readonly double _rippleOmega = 2 * Math.PI / ripple;

    /// <summary>Whole bytes moved from <paramref name="from"/> to <paramref name="to"/> (seconds).</summary>
    public long Between(double from, double to) => (long)Math.Max(0, Integral(to) - Integral(from));

    private double Integral(double t) =>
        rate * (t + (DaySwing / DayOmega * Math.Sin(DayOmega * (t - peakAt))) + (RippleSwing / _rippleOmega * Math.Sin(_rippleOmega * t)));
}
