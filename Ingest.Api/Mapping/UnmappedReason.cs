namespace LaunchStack.Ingest.Api.Mapping;

/// <summary>Why a value did not reach a column. None of them is an error of its sender.</summary>
internal enum UnmappedReason
{
    /// <summary>No rule names the series.</summary>
    NoRule,

    /// <summary>A rule names it, but none of the labels that tell the instance is there.</summary>
    NoInstance,

    /// <summary>The label's value is neither an id nor the name of an instance.</summary>
    UnknownInstance,

    /// <summary>The label's value is the name of no instance yet, and the key may register no more today.</summary>
    InstanceLimit,

    /// <summary>Several instances have the label's value as their name.</summary>
    AmbiguousInstance,

    /// <summary>NaN, infinite, below zero, or beyond what the column can hold.</summary>
    NotANumber,

    /// <summary>A limit that says "no limit".</summary>
    NoLimit,

    /// <summary>The first sample of a rate, or the first after a long gap: there is nothing to compare it with.</summary>
    FirstOfRate,

    /// <summary>Older than the last one of its series, where the order matters.</summary>
    OutOfOrder,

    /// <summary>An increase (OTLP delta temporality) of a time that is counted already, as of one that is sent again.</summary>
    Duplicate,

    /// <summary>A rate within a tenth of a second, where rounding is all there is.</summary>
    TooClose,

    /// <summary>A counter that dipped, which no restart does, or went faster than anything can.</summary>
    ImpossibleRate,

    /// <summary>An increase (OTLP delta temporality) of what is no counter: nothing tells what it started from.</summary>
    DeltaOfGauge,

    /// <summary>Its sum still lacks a part, such as the free bytes that belong to a total.</summary>
    Incomplete,

    /// <summary>A histogram or summary; no column holds one.</summary>
    Histogram,

    /// <summary>Name and labels are longer than 64 KiB.</summary>
    TooLong,

    /// <summary>One column of the instance would be the sum of more than 4,096 series.</summary>
    TooManyParts,
}
