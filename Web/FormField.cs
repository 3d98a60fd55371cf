using System.Globalization;

namespace LaunchStack.Web;

/// <summary>
/// What somebody has typed into a form. Forms take text: a number that the framework cannot read would come as none, and none often means
/// something, such as no limit.
/// </summary>
internal static class FormField
{
    /// <summary>An id; null: the field is empty.</summary>
    /// <exception cref="FormatException">It is no UUID; the message says so to whoever typed it.</exception>
    public static Guid? Id(string? text) => string.IsNullOrWhiteSpace(text) ? null
        : Guid.TryParse(text.Trim(), out var id) ? id
        : throw new FormatException($"'{text.Trim()}' is not the id of a user or an instance: give a UUID.");

    /// <summary>A number, with an exponent too (number fields of browsers take 1e15); null: the field is empty.</summary>
    /// <exception cref="FormatException">It is none; the message says so.</exception>
    public static decimal? Number(string? text) => string.IsNullOrWhiteSpace(text) ? null
        : decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number
        : throw new FormatException($"'{text.Trim()}' is not a number: give one such as 12.5.");

    /// <summary>A whole number; null: the field is empty.</summary>
    /// <exception cref="FormatException">It is none, or too large; the message says so.</exception>
    public static long? WholeNumber(string? text) => Number(text) is not { } number ? null
        : number == decimal.Truncate(number) && number is >= int.MinValue and <= int.MaxValue ? (long)number
        : throw new FormatException($"'{text!.Trim()}' is not a whole number up to {int.MaxValue}.");

    /// <summary>A number as a field shows it.</summary>
    public static string? Text(decimal? number) => number?.ToString("0.#########", CultureInfo.InvariantCulture);
}
