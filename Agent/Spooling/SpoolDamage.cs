using LaunchStack.Agent.State;
using Microsoft.Extensions.Logging;

namespace LaunchStack.Agent.Spooling;

/// <summary>Finds the bytes of a segment that are no sound records, keeps them beside it, and counts what is lost with them.</summary>
internal sealed partial class SpoolDamage(Action<SpoolLoss> onLoss, ILogger logger)
{
    // What a sample takes, where a segment has no sound record to tell.
    private const int TypicalRecordBytes = 250;

    /// <summary>Looks into a segment of an earlier run and counts its records.</summary>
    /// <param name="segment">It.</param>
    /// <param name="mayBeTorn">Whether its last record may have been cut short by the end of the process: it is the last segment.</param>
    /// <returns>How many records were in it, with those that are lost.</returns>
    public int Examine(SpoolSegment segment, bool mayBeTorn)
    {
        var (count, sound, gaps) = Inspect(segment, 0);
        segment.Count = count;
        if (gaps.Count == 0)
            return count;

        if (mayBeTorn && gaps[^1] is var tail && tail.Start + tail.Bytes == segment.Bytes && TornBytes(segment, tail) is > 0 and var torn
            && segment.TryCut(segment.Bytes - torn))
        {
            onLoss(new(SpoolLossReason.Torn, 0, torn));
            gaps[^1] = tail with { Bytes = tail.Bytes - torn };
            if (gaps[^1].Bytes == 0)
                gaps.RemoveAt(gaps.Count - 1);
        }

        var typical = count > 0 ? (int)(sound / count) : TypicalRecordBytes;
        var lost = gaps.Sum(gap => CountRecords(segment.ReadBytes(gap.Start, (int)gap.Bytes), typical));
        // A segment that waits over several starts is reported at the first of them.
        if (gaps.Count > 0 && !IsKept(segment, gaps))
            Report(segment, gaps, lost);
        segment.KnownGaps.UnionWith(gaps.Select(gap => gap.Start));
        return count + lost;
    }

    /// <summary>Counts again what is left from a place on, for a segment that was damaged while it was open.</summary>
    public void Reexamine(SpoolSegment segment, long sequence, long offset)
    {
        var (count, _, gaps) = Inspect(segment, offset);
        var lost = segment.Next - sequence - count;
        segment.Count = (int)(sequence - segment.First) + count;
        Report(segment, gaps, lost);
        segment.KnownGaps.UnionWith(gaps.Select(gap => gap.Start));
    }

    private static (int Count, long SoundBytes, List<SpoolGap> Gaps) Inspect(SpoolSegment segment, long offset)
    {
        var (count, at, sound, gaps) = (0, offset, 0L, new List<SpoolGap>());
        foreach (var record in segment.Read(0, offset))
        {
            if (record.Start > at)
                gaps.Add(new(at, record.Start - at));
            (count, at, sound) = (count + 1, record.End, sound + record.End - record.Start);
        }

        if (at < segment.Bytes)
            gaps.Add(new(at, segment.Bytes - at));
        return (count, sound, gaps);
    }

    /// <summary>How much of the last bytes is the beginning of a record, not a damaged one.</summary>
    private static int TornBytes(SpoolSegment segment, SpoolGap tail)
    {
        ReadOnlySpan<byte> rest = segment.ReadBytes(tail.Start, (int)tail.Bytes);
        while (RecordFormat.WholeSize(rest) is { } size)
            rest = rest[size..];
        return !rest.IsEmpty && RecordFormat.IsCutShort(rest) ? rest.Length : 0;
    }

    /// <summary>By their lengths where these still lead from one to the next, or else by the usual size.</summary>
    private static int CountRecords(ReadOnlySpan<byte> gap, int typicalBytes)
    {
        var count = 0;
        var rest = gap;
        for (; RecordFormat.WholeSize(rest) is { } size; rest = rest[size..])
            count++;
        return rest.IsEmpty ? count : Math.Max(1, (int)Math.Round((double)gap.Length / typicalBytes));
    }

    private static bool IsKept(SpoolSegment segment, List<SpoolGap> gaps) =>
        new FileInfo(segment.Path + Obstacle.Suffix) is { Exists: true } kept && kept.Length == gaps.Sum(gap => gap.Bytes);

    private void Report(SpoolSegment segment, List<SpoolGap> gaps, long lost)
    {
        onLoss(new(SpoolLossReason.Corrupt, lost, gaps.Sum(gap => gap.Bytes)));
        try
        {
            // Whatever is in it may be of use to a person; deleting it is theirs to do.
            using var kept = File.Create(segment.Path + Obstacle.Suffix);
            foreach (var gap in gaps)
                kept.Write(segment.ReadBytes(gap.Start, (int)gap.Bytes));
        }
        catch (Exception failure) when (DiskFailure.Is(failure))
        {
            LogNotKept(segment.Path + Obstacle.Suffix, failure.Message);
        }
    }

    [LoggerMessage(EventName = "SpoolDamageNotKept", Level = LogLevel.Warning, Message = "The damaged bytes cannot be kept as {File} ({Reason})")]
    private partial void LogNotKept(string file, string reason);
}
