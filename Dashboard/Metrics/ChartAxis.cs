namespace LaunchStack.Dashboard.Metrics;

/// <summary>A value axis with round steps.</summary>
internal sealed record ChartAxis(double Low, double High, double Step)
{
    private const int Steps = 4;

    /// <param name="values">What is drawn.</param>
    /// <param name="unit">Bytes are stepped by powers of 1024, all else by powers of ten.</param>
    public static ChartAxis Of(IEnumerable<double> values, string unit)
    {
        double low = 0, high = 0;
        foreach (var value in values.Where(double.IsFinite)) (low, high) = (Math.Min(low, value), Math.Max(high, value));
        var rough = (high - low) / Steps;
        if (rough <= 0 || !double.IsFinite(rough)) return new(0, 1, 0.25);
        var binary = unit is "By" or "By/s" && rough >= 1024;
        var power = binary ? Math.Pow(1024, Math.Floor(Math.Log(rough, 1024))) : 1;
        var ten = Math.Pow(10, Math.Floor(Math.Log10(rough / power)));
        double[] round = [1, 2, 2.5, 5, 10];
        var step = power * ten * round.First(r => r * ten * power >= rough * 0.999);
        return new(Math.Floor(low / step) * step, Math.Ceiling(high / step * 0.9999) * step, step);
    }

    public IEnumerable<double> Ticks()
    {
        for (var i = 0; Low + (i * Step) <= High + (Step / 2); i++) yield return Low + (i * Step);
    }

    /// <summary>Percent from the top.</summary>
    public double Top(double value) => 100 * (High - value) / (High - Low);
}
