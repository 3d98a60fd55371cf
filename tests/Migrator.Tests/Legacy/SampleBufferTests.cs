using CsCheck;
using LaunchStack.Migrator.Legacy;

namespace LaunchStack.Migrator.Tests.Legacy;

public sealed class SampleBufferTests
{
    private static readonly LegacySampleRules Rules = new(DateTime.UnixEpoch.AddYears(100), quarantineDeleted: false, _ => true);

    private static readonly Gen<SampleRow> Duplicate =
        from created in Gen.Int[0, 2]
        from cpu in Gen.Int[0, 2]
        from size in Gen.Int[0, 1]
        from nulls in Gen.Int[0, 7]
        select new SampleRow
        {
            Timestamp = 1, CreatedAt = created, CpuUsage = cpu, MemoryUsage = size, DeletedAt = 1,
            Nulls = (ushort)(((nulls & 1) << SampleRow.Received) | ((nulls & 2) << (SampleRow.Deleted - 1)) | ((nulls & 4) >> 2 << SampleRow.Cpu)),
        };

    [Fact]
    public void Of_several_samples_of_one_instant_the_same_one_is_moved_however_they_lie()
    {
        Duplicate.Array[2, 8].SelectMany(rows => Gen.Shuffle(rows).Select(shuffled => (rows, shuffled)))
            .Sample(pair => Chosen(pair.rows).Equals(Chosen(pair.shuffled)));
    }

    [Fact]
    public void A_live_sample_is_moved_before_a_deleted_one_that_was_created_first()
    {
        var deleted = new SampleRow { Timestamp = 1, CreatedAt = 1, DeletedAt = 5, CpuUsage = 1 };
        var live = new SampleRow { Timestamp = 1, CreatedAt = 2, CpuUsage = 2, Nulls = 1 << SampleRow.Deleted };
        Assert.Equal(2, Chosen([deleted, live]).Cpu);
    }

    private static (double Cpu, long Memory, long Created, ushort Nulls) Chosen(SampleRow[] rows)
    {
        var buffer = new SampleBuffer();
        foreach (var row in rows)
            buffer.Add() = row;
        var chosen = -1;
        Rules.Classify(buffer, (position, reason) => chosen = reason is null ? position : chosen);
        ref var found = ref buffer[chosen];
        return (found.CpuUsage, found.MemoryUsage, found.CreatedAt, found.Nulls);
    }
}
