using CsCheck;
using LaunchStack.Migrator.Legacy;
using LaunchStack.Usage.Samples;
using EncodedSample = LaunchStack.Migrator.Legacy.EncodedSample;

namespace LaunchStack.Migrator.Tests.Legacy;

public sealed class SampleBufferTests
{
    private const int Memory = EncodedSample.FirstMeasure + (int)Measure.MemoryUsage;

    private static readonly LegacySampleRules Rules = new(DateTime.UnixEpoch.AddYears(100), quarantineDeleted: false, _ => true);

    private static readonly Gen<EncodedSample> Duplicate =
        from created in Gen.Int[0, 2]
        from cpu in Gen.Int[0, 2]
        from size in Gen.Int[0, 1]
        from nulls in Gen.Int[0, 7]
        let row = new EncodedSample
        {
            Timestamp = 1, CreatedAt = created, DeletedAt = 1,
            Nulls = (ushort)(((nulls & 1) << EncodedSample.Received) | ((nulls & 2) << (EncodedSample.Deleted - 1)) | ((nulls & 4) >> 2 << EncodedSample.FirstMeasure)),
        }
        select WithMeasures(row, cpu, size);

    [Fact]
    public void Of_several_samples_of_one_instant_the_same_one_is_moved_however_they_lie()
    {
        Duplicate.Array[2, 8].SelectMany(rows => Gen.Shuffle(rows).Select(shuffled => (rows, shuffled)))
            .Sample(pair => Chosen(pair.rows).Equals(Chosen(pair.shuffled)));
    }

    [Fact]
    public void A_live_sample_is_moved_before_a_deleted_one_that_was_created_first()
    {
        var deleted = WithMeasures(new() { Timestamp = 1, CreatedAt = 1, DeletedAt = 5 }, cpu: 1, bytes: 0);
        var live = WithMeasures(new() { Timestamp = 1, CreatedAt = 2, Nulls = 1 << EncodedSample.Deleted }, cpu: 2, bytes: 0);
        Assert.Equal(2, Chosen([deleted, live]).Cpu);
    }

    [Fact]
    public void Rows_are_in_order_of_instance_then_newest_first_then_created_first()
    {
        var row =
            from instance in Gen.Int[0, 3]
            from time in Gen.Int[0, 5]
            from created in Gen.Int[0, 3]
            select new EncodedSample { InstanceId = new Guid(instance, 0, 0, new byte[8]), Timestamp = time, CreatedAt = created, Nulls = 1 << EncodedSample.Deleted };
        row.Array[0, 60].Sample(rows =>
        {
            var buffer = new SampleBuffer();
            foreach (var one in rows)
                buffer.Add() = one;
            buffer.Sort();
            Assert.Equal(
                rows.OrderBy(r => r.InstanceId).ThenByDescending(r => r.Timestamp).ThenBy(r => r.CreatedAt).Select(r => (r.InstanceId, r.Timestamp, r.CreatedAt)),
                buffer.Order.ToArray().Select(position => (buffer[position].InstanceId, buffer[position].Timestamp, buffer[position].CreatedAt)));
            Assert.Equal(Enumerable.Range(0, rows.Length), buffer.Order.ToArray().Order());
        });
    }

    private static EncodedSample WithMeasures(EncodedSample row, double cpu, long bytes)
    {
        row.SetFraction(EncodedSample.FirstMeasure, cpu);
        row.Set(Memory, bytes);
        return row;
    }

    private static (double Cpu, long Memory, long Created, ushort Nulls) Chosen(EncodedSample[] rows)
    {
        var buffer = new SampleBuffer();
        foreach (var row in rows)
            buffer.Add() = row;
        var chosen = -1;
        Rules.Classify(buffer, (position, reason) => chosen = reason is null ? position : chosen);
        ref var found = ref buffer[chosen];
        return (found.Fraction(EncodedSample.FirstMeasure), found.Bits(Memory), found.CreatedAt, found.Nulls);
    }
}
