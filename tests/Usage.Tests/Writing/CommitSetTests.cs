using CsCheck;
using LaunchStack.Usage.Samples;
using LaunchStack.Usage.Writing;

namespace LaunchStack.Usage.Tests.Writing;

public sealed class CommitSetTests
{
    private static readonly Guid[] Instances = [.. Enumerable.Range(0, 5).Select(_ => Guid.NewGuid())];

    private static readonly Gen<(int Instance, int Time, int Value)[][]> Requests =
        Gen.Select(Gen.Int[0, 4], Gen.Int[0, 9], Gen.Int[0, 99]).Array[1, 30].Array[1, 6];

    [Fact]
    public void Each_key_stands_once_in_the_order_of_the_index() => Requests.Sample(requests => With(requests, ConflictMode.Skip, set =>
    {
        var keys = Enumerable.Range(0, set.Count).Select(position => set[position]).Select(row => (row.Instance, row.Time)).ToList();
        Assert.Equal(requests.SelectMany(r => r).Select(s => (Instances[s.Instance], (long)s.Time)).ToHashSet(), keys.ToHashSet());
        Assert.Equal(keys.OrderBy(k => k.Instance.ToString("N"), StringComparer.Ordinal).ThenBy(k => k.Time), keys);
        Assert.Equal(keys.Select(k => k.Instance).Distinct().Count(), set.Instances());
        Assert.Equal((keys.Min(k => k.Time), keys.Max(k => k.Time)), (PostgresTime.FromTicks(set.Span().First.Ticks), PostgresTime.FromTicks(set.Span().Last.Ticks)));
    }));

    [Fact]
    public void Of_samples_with_one_key_the_first_stays_or_the_greatest() => Requests.Sample(requests =>
    {
        var samples = requests.SelectMany(r => r).GroupBy(s => (Instances[s.Instance], (long)s.Time)).ToList();
        With(requests, ConflictMode.Skip, set => Assert.Equal(
            samples.ToDictionary(g => g.Key, g => (long?)g.First().Value), Values(set)));
        With(requests, ConflictMode.Merge, set => Assert.Equal(
            samples.ToDictionary(g => g.Key, g => (long?)g.Max(s => s.Value)), Values(set)));
    });

    [Fact]
    public void Every_sample_is_counted_once_to_its_request() => Gen.Select(Requests, Gen.Int[0, 9], Gen.Bool).Sample((requests, known, merges) =>
        With(requests, merges ? ConflictMode.Merge : ConflictMode.Skip, set =>
        {
            var untouched = Enumerable.Range(0, set.Count).Where(position => set[position].Time == known).ToList();
            set.Settle(untouched);
            Assert.All(set.Requests, request => Assert.Equal(request.Rows, request.Accepted + request.Duplicates));
            var all = requests.SelectMany(r => r).ToList();
            Assert.Equal(
                merges ? all.Count(s => s.Time != known) : set.Count - untouched.Count,
                set.Requests.Sum(request => request.Accepted));
        }));

    [Fact]
    public void A_part_and_the_rest_are_the_whole() => Gen.Select(Requests, Gen.Int[1, 4]).Sample((requests, every) =>
        With(requests, ConflictMode.Skip, set =>
        {
            var positions = Enumerable.Range(0, set.Count).Where(position => position % every == 0).ToList();
            using var part = set.Only(positions);
            using var rest = set.Except(positions);
            Assert.Equal(positions.Select(position => set[position]), Enumerable.Range(0, part.Count).Select(position => part[position]));
            Assert.Equal(set.Count, part.Count + rest.Count);
            Assert.Empty(Values(part).Keys.Intersect(Values(rest).Keys));
        }));

    private static Dictionary<(Guid, long), long?> Values(CommitSet set) =>
        Enumerable.Range(0, set.Count).Select(position => set[position]).ToDictionary(row => (row.Instance, row.Time), row => row.Values.MemoryUsage);

    private static void With((int Instance, int Time, int Value)[][] requests, ConflictMode conflict, Action<CommitSet> check)
    {
        var batches = requests.Select(samples =>
        {
            var batch = new UsageBatch(SampleWindow.Unbounded, conflict);
            for (var i = 0; i < samples.Length; i++)
                batch.Add(i, Instances[samples[i].Instance], samples[i].Time, new() { MemoryUsage = samples[i].Value });
            return batch;
        }).ToList();
        using (var set = CommitSet.Of([.. batches.Select(batch => new PendingWrite(batch, null))]))
            check(set);
        batches.ForEach(batch => batch.Dispose());
    }
}
