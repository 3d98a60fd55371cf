using System.Globalization;

namespace LaunchStack.Aggregator.Metering.Pricing;

/// <summary>Decimals in canonical texts: one text a value, whatever zeros it came with.</summary>
internal static class DecimalText
{
    /// <summary>Without zeros at the end, never with an exponent.</summary>
    public static string Exact(decimal value) => value.ToString("0.############################", CultureInfo.InvariantCulture);

    /// <summary>With all decimals of its card.</summary>
    public static string Amount(decimal value, int decimals) => value.ToString($"F{decimals}", CultureInfo.InvariantCulture);
}
