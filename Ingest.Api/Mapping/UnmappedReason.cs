namespace LaunchStack.Ingest.Api.Mapping;

/// <summary>Why a value did not reach a column. None of them is the sender's error.</summary>
internal enum UnmappedReason
{
    /// <summary>No rule names the series.</summary>
    NoRule,

    /// <summary>A rule names it, but none of the labels that tell the instance is there.</summary>
    NoInstance,

    /// <summary>The label's value is neither an id nor the name of an instance.</summary>
    UnknownInstance,

    /// <summary>Several instances have the label's value as their name.</summary>
    AmbiguousInstance,

    /// <summary>NaN, infinite, or beyond what the column can hold.</summary>
    NotANumber,

    /// <summary>A limit that says "no limit".</summary>
    NoLimit,

    /// <summary>The first sample of a rate, or the first after a long gap: there is nothing to compare it with.</summary>
    FirstOfRate,

    /// <summary>Older than the last one of its series, where the order matters.</summary>
    OutOfOrder,

    /// <summary>Its sum still lacks a part, such as the free bytes that belong to a total.</summary>
    Incomplete,

    /// <summary>A histogram or summary; no column holds one.</summary>
    Histogram,

    /// <summary>Name and labels are longer than 16 KiB.</summary>
    TooLong,
}
