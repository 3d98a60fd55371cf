using System.Text.Json;

namespace LaunchStack.Aggregator.Migration;

/// <summary>Rows that could not be moved for one reason.</summary>
/// <param name="Table">The original's table.</param>
/// <param name="Reason">Why.</param>
/// <param name="Rows">How many.</param>
/// <param name="Samples">A few of them, as they are in the original.</param>
public sealed record QuarantineReason(string Table, string Reason, long Rows, IReadOnlyList<JsonElement> Samples);
