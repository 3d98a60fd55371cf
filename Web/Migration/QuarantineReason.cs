using System.Text.Json;

namespace LaunchStack.Web.Migration;

/// <summary>Rows that could not be moved for one reason.</summary>
internal sealed record QuarantineReason(string Table, string Reason, long Rows, IReadOnlyList<JsonElement> Samples);
