namespace LaunchStack.Ingest.Api.Protocols.Influx;

/// <summary>Units of time stamps: those of version 1 (<c>n u ms s m h</c>) and 2 (<c>ns us ms s</c>).</summary>
internal static class InfluxPrecision
{
    /// <summary>Nanoseconds of one unit.</summary>
    /// <returns>False when there is no such unit.</returns>
    public static bool TryParse(string? name, out long nanoseconds)
    {
        nanoseconds = name switch
        {
            null or "" or "n" or "ns" => 1,
            "u" or "us" or "µ" => 1_000,
            "ms" => 1_000_000,
            "s" => 1_000_000_000,
            "m" => 60_000_000_000,
            "h" => 3_600_000_000_000,
            _ => 0,
        };
        return nanoseconds != 0;
    }
}
