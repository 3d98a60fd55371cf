using System.Text.Json;

namespace LaunchStack.Web.Migration;

/// <summary>Rows that could not be moved for one reason.</summary>
public sealed record QuarantineReason(string Table, string Reason, long Rows, IReadOnlyList<JsonElement> Samples)
{
    /// <summary>Columns of the samples, in their order.</summary>
    public IReadOnlyList<string> Columns => [.. Samples.SelectMany(sample => sample.EnumerateObject()).Select(column => column.Name).Distinct()];

    /// <summary>A value as the original has it.</summary>
    public static string Value(JsonElement sample, string column) =>
        !sample.TryGetProperty(column, out var value) || value.ValueKind == JsonValueKind.Null ? Charts.Units.None : value.ToString();
}
