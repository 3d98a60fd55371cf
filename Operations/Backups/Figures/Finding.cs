using System.Globalization;

namespace LaunchStack.Operations.Backups.Figures;

/// <summary>Something that is not as it should be.</summary>
/// <param name="Relation">Where: a table, rollup, job, file.</param>
/// <param name="Detail">What.</param>
/// <param name="From">Start of the window, where it is about one.</param>
/// <param name="To">Its end.</param>
public sealed record Finding(string Relation, string Detail, DateTimeOffset? From = null, DateTimeOffset? To = null)
{
    /// <summary>One line.</summary>
    public override string ToString() => From is null
        ? $"{Relation}: {Detail}"
        : string.Create(CultureInfo.InvariantCulture, $"{Relation} from {From:yyyy-MM-dd HH:mm}Z to {To:yyyy-MM-dd HH:mm}Z: {Detail}");
}
