using LaunchStack.Migrator.Legacy;

namespace LaunchStack.Migrator.Rollback;

/// <summary>Of several samples of one instant in the original, the one that the target's comes from.</summary>
internal static class MovedSample
{
    /// <summary>The place of the one that the move would take, by instance and time; where it would take none, of the one that it judges first.</summary>
    public static Dictionary<(Guid Instance, long Time), long> Places(SampleBuffer rows)
    {
        var places = new Dictionary<(Guid, long), long>();
        LegacySampleRules.Any.Classify(rows, (position, reason) =>
        {
            ref var row = ref rows[position];
            if (!places.TryAdd((row.InstanceId, row.Timestamp), row.Place) && reason is null)
                places[(row.InstanceId, row.Timestamp)] = row.Place;
        });
        return places;
    }
}
