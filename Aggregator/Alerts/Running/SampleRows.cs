using LaunchStack.Aggregator.Alerts.Evaluation;

namespace LaunchStack.Aggregator.Alerts.Running;

/// <summary>Takes samples in any order and hands them out by instance and time.</summary>
internal sealed class SampleRows(int instances)
{
    private static readonly Comparer<AlertSample> ByTime = Comparer<AlertSample>.Create((a, b) => a.At.CompareTo(b.At));

    private readonly List<AlertSample> _samples = [];
    private readonly List<int> _owners = [];
    private readonly int[] _counts = new int[instances];

    /// <summary>Adds a sample of the instance at a position.</summary>
    public void Add(int instance, AlertSample sample)
    {
        _samples.Add(sample);
        _owners.Add(instance);
        _counts[instance]++;
    }

    /// <summary>The samples of each instance, oldest first.</summary>
    public ReadOnlyMemory<AlertSample>[] ToSorted()
    {
        var ends = new int[_counts.Length];
        for (var (i, end) = (0, 0); i < ends.Length; i++)
            ends[i] = end += _counts[i];

        var sorted = new AlertSample[_samples.Count];
        var next = ends.Zip(_counts, (end, count) => end - count).ToArray();
        for (var i = 0; i < sorted.Length; i++)
            sorted[next[_owners[i]]++] = _samples[i];

        var slices = new ReadOnlyMemory<AlertSample>[ends.Length];
        for (var i = 0; i < slices.Length; i++)
        {
            // Nearly always in order already, which costs one look.
            var slice = sorted.AsMemory(ends[i] - _counts[i], _counts[i]);
            if (!IsSorted(slice.Span))
                slice.Span.Sort(ByTime);
            slices[i] = slice;
        }
        return slices;
    }

    private static bool IsSorted(ReadOnlySpan<AlertSample> samples)
    {
        for (var i = 1; i < samples.Length; i++)
        {
            if (samples[i].At < samples[i - 1].At)
                return false;
        }
        return true;
    }
}
