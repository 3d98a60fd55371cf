namespace LaunchStack.Usage.Samples;

/// <summary>Codes of rejected samples; part of the wire contract of <c>POST /v1/usage</c>.</summary>
public static class RejectionCodes
{
    /// <summary>The line is no JSON (NDJSON only; a broken array or object fails the whole request).</summary>
    public const string Malformed = "malformed";

    /// <summary>The element is no JSON object.</summary>
    public const string NotAnObject = "not_an_object";

    /// <summary><c>instance_id</c> or <c>timestamp</c> is absent or null.</summary>
    public const string MissingField = "missing_field";

    /// <summary>A field stands twice in one sample.</summary>
    public const string DuplicateField = "duplicate_field";

    /// <summary>A value has another JSON type than its field.</summary>
    public const string WrongType = "wrong_type";

    /// <summary><c>instance_id</c> is no UUID of the form 8-4-4-4-12.</summary>
    public const string InvalidInstanceId = "invalid_instance_id";

    /// <summary><c>timestamp</c> is no RFC 3339 date and time.</summary>
    public const string InvalidTimestamp = "invalid_timestamp";

    /// <summary><c>timestamp</c> has no offset; local times are ambiguous.</summary>
    public const string TimestampWithoutZone = "timestamp_without_zone";

    /// <summary>More than the allowed skew (5 minutes) ahead of the server's clock.</summary>
    public const string TimestampAhead = "timestamp_ahead";

    /// <summary>Older than the window in which raw samples are kept.</summary>
    public const string TimestampTooOld = "timestamp_too_old";

    /// <summary>NaN or infinite.</summary>
    public const string NotANumber = "not_a_number";

    /// <summary>Below zero; every measure is a size, a counter or a share.</summary>
    public const string NegativeValue = "negative_value";

    /// <summary>Beyond what the column or common sense holds.</summary>
    public const string OutOfRange = "out_of_range";

    /// <summary>A size or counter with a fractional part.</summary>
    public const string NotAnInteger = "not_an_integer";

    /// <summary>The instance is not registered (or was deleted): <c>PUT /v1/instances/{id}</c> first.</summary>
    public const string UnknownInstance = "unknown_instance";

    /// <summary>The instance is new, and the key may register no more today (<c>new_instances_per_day</c>); of protocols with series only.</summary>
    public const string InstanceLimit = "instance_limit";

    /// <summary>The database refused this row; the detail carries its SQLSTATE.</summary>
    public const string NotStorable = "not_storable";
}
