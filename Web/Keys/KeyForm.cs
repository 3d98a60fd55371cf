namespace LaunchStack.Web.Keys;

/// <summary>The form of a new key. Empty fields are sent as none.</summary>
public sealed class KeyForm
{
    private const int MaxDays = 3650;

    public string? Name { get; set; }

    /// <summary>Check boxes of one name.</summary>
    public IReadOnlyList<string> Scopes { get; internal set; } = [];

    public string? BoundTo { get; set; }

    public string? BoundId { get; set; }

    public bool RegistersInstances { get; set; }

    public string? SamplesPerSecond { get; set; }

    public string? Days { get; set; }

    /// <summary>The body for Ingest.Api; what is wrong with it, that one says best.</summary>
    /// <exception cref="FormatException">The id or a number is none; the message says which.</exception>
    public object ToBody(DateTimeOffset now)
    {
        var bound = BoundTo is "user" or "instance" ? FormField.Id(BoundId) : null;
        return new
        {
            name = Name, scopes = Scopes, user_id = BoundTo == "user" ? bound : null, instance_id = BoundTo == "instance" ? bound : null,
            registers_instances = RegistersInstances, samples_per_second = FormField.WholeNumber(SamplesPerSecond),
            expires_at = FormField.WholeNumber(Days) is { } days ? Expiry(now, days) : (DateTimeOffset?)null,
        };
    }

    private static DateTimeOffset Expiry(DateTimeOffset now, long days) => days is >= 1 and <= MaxDays ? now.AddDays(days)
        : throw new FormatException($"A key ends after 1 to {MaxDays} days, not {days}: leave the field empty for one that lasts until it is revoked.");
}
