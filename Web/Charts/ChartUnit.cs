namespace LaunchStack.Web.Charts;

/// <summary>What an axis counts.</summary>
public enum ChartUnit
{
    /// <summary>Percent.</summary>
    Percent,

    /// <summary>Bytes.</summary>
    Bytes,

    /// <summary>Bytes a second.</summary>
    BytesPerSecond,
}
