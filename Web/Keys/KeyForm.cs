namespace LaunchStack.Web.Keys;

/// <summary>The form of a new key. Empty fields are sent as none.</summary>
public sealed class KeyForm
{
    public string? Name { get; set; }

    /// <summary>Check boxes of one name.</summary>
    public IReadOnlyList<string> Scopes { get; internal set; } = [];

    public string? BoundTo { get; set; }

    public string? BoundId { get; set; }

    public bool RegistersInstances { get; set; }

    public int? SamplesPerSecond { get; set; }

    public int? Days { get; set; }

    /// <summary>The body for Ingest.Api; what is wrong with it, that one says best.</summary>
    /// <exception cref="FormatException">The id is none.</exception>
    public object ToBody(DateTimeOffset now)
    {
        var bound = BoundTo is "user" or "instance" ? FormId.Parse(BoundId) : null;
        return new
        {
            name = Name, scopes = Scopes, user_id = BoundTo == "user" ? bound : null, instance_id = BoundTo == "instance" ? bound : null,
            registers_instances = RegistersInstances, samples_per_second = SamplesPerSecond, expires_at = Days is { } days ? now.AddDays(days) : (DateTimeOffset?)null,
        };
    }
}
