using CsCheck;
using LaunchStack.Usage.Samples;

namespace LaunchStack.Usage.Tests.Samples;

public sealed class SampleListTests
{
    [Fact]
    public void Rows_come_out_as_they_went_in_whatever_is_removed() => Gen.Select(Gen.Int[0, 3].Array[0, 200], Gen.Int[0, 3]).Sample((kinds, removed) =>
    {
        using var list = new SampleList();
        var ids = Enumerable.Range(0, 4).Select(_ => Guid.NewGuid()).ToArray();
        for (var i = 0; i < kinds.Length; i++)
            list.Add(i, ids[kinds[i]], i, new() { MemoryUsage = i });
        list.RemoveWhere(row => row.Instance == ids[removed]);
        Assert.Equal(
            kinds.Select((kind, i) => (kind, i)).Where(k => k.kind != removed).Select(k => new SampleRow(ids[k.kind], k.i, k.i, new() { MemoryUsage = k.i })),
            list.Rows.ToArray());
    });

    [Fact]
    public void Memory_is_counted_as_it_grows_and_given_back()
    {
        var budget = new Budget();
        using (var list = new SampleList { Budget = budget })
        {
            for (var i = 0; i < 100; i++)
                list.Add(i, default, 0, default);
            Assert.Equal(128 * SampleRow.Size, budget.Held);
            Assert.Equal(list.Bytes, budget.Held);
        }
        Assert.Equal(0, budget.Held);
    }

    private sealed class Budget : IMemoryBudget
    {
        public long Held { get; private set; }

        public void Take(long bytes) => Held += bytes;

        public void Give(long bytes) => Held -= bytes;
    }
}
