using System.Globalization;
using LaunchStack.ServiceDefaults.Problems;

namespace LaunchStack.Aggregator.Alerts.Listing;

/// <summary>The place after which the next page goes on: the last row's time and id. Rows that are new meanwhile move nothing.</summary>
internal readonly record struct PageCursor(DateTimeOffset At, Guid Id)
{
    /// <summary>As it stands in the Link header.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{At.UtcTicks}_{Id:n}");

    /// <summary>Reads the parameter <c>after</c>.</summary>
    /// <exception cref="ParameterException">It is no such place.</exception>
    public static PageCursor Parse(string text) =>
        text.Split('_') is [var time, var last] && long.TryParse(time, NumberStyles.None, CultureInfo.InvariantCulture, out var ticks)
            && ticks <= DateTimeOffset.MaxValue.Ticks && Guid.TryParseExact(last, "n", out var id)
            ? new(new(ticks, TimeSpan.Zero), id)
            : throw new ParameterException("after", "Take it from the Link header of the page before.");
}
