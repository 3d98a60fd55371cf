using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace LaunchStack.Usage.History;

/// <summary>
/// Where a page ended: its last instance and that one's value in the order of the list. So instances that come or go meanwhile move
/// nobody from one page to another; one whose value changes is found where it then belongs.
/// </summary>
/// <param name="Order">The order of the list.</param>
/// <param name="Value">The value, as the database writes it; null where the instance has none.</param>
/// <param name="Id">The instance.</param>
public sealed record InstanceCursor(InstanceOrder Order, string? Value, Guid Id)
{
    // More than the 200 characters of a name that count in its order can make.
    private const int MaxText = 2048;

    /// <summary>As it stands in an address.</summary>
    public override string ToString() =>
        Base64Url.EncodeToString(Encoding.UTF8.GetBytes($"{Order} {Id:N}{(Value is null ? "" : " " + Value)}"));

    /// <summary>Reads what <see cref="ToString"/> has written.</summary>
    public static bool TryParse(string text, out InstanceCursor? cursor)
    {
        ArgumentNullException.ThrowIfNull(text);
        cursor = null;
        if (text.Length > MaxText || !Base64Url.IsValid(text) || Encoding.UTF8.GetString(Base64Url.DecodeFromChars(text)).Split(' ', 3) is not [var name, var id, .. var rest]
            || !InstanceOrder.TryParse(name, out var order) || !Guid.TryParseExact(id, "N", out var instance) || (rest is [var value] && !IsValue(order.Sort, value)))
            return false;
        cursor = new(order, rest is [var found] ? found : null, instance);
        return true;
    }

    private static bool IsValue(InstanceSort sort, string value) => sort switch
    {
        InstanceSort.Id => false,
        InstanceSort.Name => !value.Contains('\0', StringComparison.Ordinal),
        InstanceSort.CpuUsage or InstanceSort.MemoryPercentage => double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out _),
        _ => long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _),
    };
}
