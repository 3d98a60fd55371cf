using System.Globalization;

namespace LaunchStack.Aggregator.Alerts.Listing;

/// <summary>The place after which the next page goes on: the last row's time and id. Rows that are new meanwhile move nothing.</summary>
internal readonly record struct PageCursor(DateTimeOffset At, Guid Id)
{
    /// <summary>As it stands in the Link header.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{At.UtcTicks}_{Id:n}");

    public static bool TryParse(string text, out PageCursor cursor)
    {
        cursor = default;
        var parts = text.Split('_');
        if (parts.Length != 2 || !long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var ticks)
            || ticks > DateTimeOffset.MaxValue.Ticks || !Guid.TryParseExact(parts[1], "n", out var id))
            return false;
        cursor = new(new(ticks, TimeSpan.Zero), id);
        return true;
    }
}
