namespace LaunchStack.Web.Charts;

/// <summary>One chart of a page: lines over the moments that all charts share.</summary>
/// <param name="Key">Names it.</param>
/// <param name="Title">Its heading.</param>
/// <param name="Unit">What its axis counts.</param>
/// <param name="Lines">Its lines.</param>
public sealed record ChartPanel(string Key, string Title, ChartUnit Unit, IReadOnlyList<ChartLine> Lines)
{
    /// <summary>The greatest value; 0 without any.</summary>
    public double Top => Lines.SelectMany(line => line.Values).Max() ?? 0;
}
