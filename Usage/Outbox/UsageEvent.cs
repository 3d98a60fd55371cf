using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Serialization;
using LaunchStack.Contracts;
using LaunchStack.Usage.Samples;
using LaunchStack.Usage.Writing;

namespace LaunchStack.Usage.Outbox;

/// <summary>The outbox row of a commit.</summary>
internal static partial class UsageEvent
{
    public const string MessageType = nameof(UsageIngested);

    /// <summary>The event of a commit in which every row of <paramref name="set"/> is new.</summary>
    public static byte[] Body(CommitSet set, Guid batchId, DateTimeOffset committedAt)
    {
        var (first, last) = (long.MaxValue, long.MinValue);
        var instances = 0;
        for (var position = 0; position < set.Count; position++)
        {
            ref readonly var row = ref set[position];
            first = Math.Min(first, row.Time);
            last = Math.Max(last, row.Time);
            if (position == 0 || !row.SameInstance(set[position - 1]))
                instances++;
        }
        var message = new UsageIngested(
            batchId, set.Count, PostgresTime.ToDateTime(first), PostgresTime.ToDateTime(last), instances, committedAt);
        return JsonSerializer.SerializeToUtf8Bytes(message, EventJson.Default.UsageIngested);
    }

    /// <summary>W3C trace parent of the commit, null while nobody records.</summary>
    public static string? TraceParent(Activity? activity) =>
        activity is { IdFormat: ActivityIdFormat.W3C } ? activity.Id : null;

    [JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
    [JsonSerializable(typeof(UsageIngested))]
    private sealed partial class EventJson : JsonSerializerContext;
}
