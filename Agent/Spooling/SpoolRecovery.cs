namespace LaunchStack.Agent.Spooling;

/// <summary>Reads what an earlier run left in the spool's directory.</summary>
internal static class SpoolRecovery
{
    /// <summary>Opens all segments, oldest first, and removes what a killed process or a failing disk left half written.</summary>
    public static List<SpoolSegment> OpenSegments(string directory, Action<SpoolLoss> onLoss)
    {
        var paths = Directory.GetFiles(directory, "*" + SpoolSegment.Extension);
        Array.Sort(paths, StringComparer.Ordinal);

        var segments = new List<SpoolSegment>();
        for (var i = 0; i < paths.Length; i++)
        {
            var (segment, bad) = SpoolSegment.Open(paths[i]);
            var isLast = i == paths.Length - 1;
            if (bad > 0)
            {
                // Behind the last record of all it is a write cut short; anywhere else it is damage, kept for a person to look at.
                segment.CutTail(isLast ? null : paths[i] + ".corrupt");
                onLoss(new(isLast ? SpoolLossReason.Torn : SpoolLossReason.Corrupt, isLast ? 0 : First(paths[i + 1]) - segment.Next, bad));
            }

            if (segment.Bytes == 0 && !isLast)
                segment.Delete();
            else
                segments.Add(segment);
        }

        return segments;
    }

    /// <summary>Where record <paramref name="sequence"/> starts in its segment.</summary>
    public static long OffsetOf(SpoolSegment segment, long sequence) =>
        segment.Read(segment.First, 0, segment.Bytes).TakeWhile(record => record.Sequence < sequence).Select(record => record.End).LastOrDefault();

    private static long First(string path) => long.Parse(Path.GetFileNameWithoutExtension(path), System.Globalization.CultureInfo.InvariantCulture);
}
