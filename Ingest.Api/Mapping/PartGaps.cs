namespace LaunchStack.Ingest.Api.Mapping;

/// <summary>The steps without a value of a member, in which it was there all the same: one that comes again soon was there all the time.</summary>
internal sealed class PartGaps(long stepLength)
{
    private const int MaxSteps = 6;
    private const long MaxLength = 60_000_000_000;

    private readonly long _max = Math.Min(MaxSteps * stepLength, Math.Max(MaxLength, 2 * stepLength));

    /// <summary>The steps between a part and the one before; none where the first is beyond the last.</summary>
    public (long First, long Last) Before(SeriesState state, int part)
    {
        if (part == 0 || part == state.Parts.Length)
            return (0, -1);
        var (before, after) = (state.Parts[part - 1], state.Parts[part]);
        return state.EndAfter(before.Last) <= after.First || before.Step < after.Step - _max ? (0, -1) : (before.Step + stepLength, after.Step - stepLength);
    }

    /// <summary>Whether its last part is too long ago for it to come again.</summary>
    public bool HasLeft(SeriesState state, long step) => state.Parts is not [.., var newest] || newest.Step < step - _max;
}
