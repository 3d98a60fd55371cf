using LaunchStack.Migrator.Legacy;
using LaunchStack.Migrator.Rollback;
using EncodedSample = LaunchStack.Migrator.Legacy.EncodedSample;

namespace LaunchStack.Migrator.Tests.Rollback;

public sealed class MovedSampleTests
{
    private static readonly Guid Instance = new(1, 0, 0, new byte[8]);

    [Fact]
    public void Each_instant_has_its_own() =>
        Assert.Equal([(1, 10), (2, 20)], Chosen(Row(1, 10), Row(2, 20)));

    [Theory]
    [InlineData(10, 20)]
    [InlineData(20, 10)]
    public void It_is_the_one_that_was_created_first_however_they_lie(long first, long second) =>
        Assert.Equal([(1, 10)], Chosen(Row(1, first, created: first), Row(1, second, created: second)));

    [Fact]
    public void One_that_the_move_takes_is_before_one_that_it_does_not_though_that_was_created_first() =>
        Assert.Equal([(1, 20)], Chosen(Row(1, 10, created: 1, cpu: double.NaN), Row(1, 20, created: 2), Row(1, 30, created: 3)));

    [Fact]
    public void Where_the_move_takes_none_it_is_the_one_that_it_judges_first() =>
        Assert.Equal([(1, 20)], Chosen(Row(1, 10, created: 2, cpu: double.NaN), Row(1, 20, created: 1, cpu: double.NaN)));

    [Fact]
    public void One_that_is_in_quarantine_is_behind_any_that_is_not_though_it_comes_first_by_its_values()
    {
        Assert.Equal([(1, 20)], Chosen([0], [], Row(1, 10, cpu: 1), Row(1, 20, cpu: 2), Row(1, 30, cpu: 3)));
        Assert.Equal([(1, 20)], Chosen([0], [0], Row(1, 10, cpu: 1), Row(1, 20, cpu: double.NaN)));
    }

    [Fact]
    public void Where_all_are_in_quarantine_it_is_the_one_that_the_move_would_take() =>
        Assert.Equal([(1, 10)], Chosen([0, 1], [], Row(1, 10, cpu: 1), Row(1, 20, cpu: 2)));

    [Fact]
    public void Where_several_are_not_it_is_the_one_that_is_as_it_should_be() =>
        Assert.Equal([(1, 30)], Chosen([0], [2], Row(1, 10, cpu: 1), Row(1, 20, cpu: 2), Row(1, 30, cpu: 3)));

    private static EncodedSample Row(long time, long place, long created = 0, double cpu = 1)
    {
        var row = new EncodedSample { InstanceId = Instance, Timestamp = time, CreatedAt = created, Place = place, Nulls = 1 << EncodedSample.Deleted };
        row.SetFraction(EncodedSample.FirstMeasure, cpu);
        return row;
    }

    private static IEnumerable<(long Time, long Place)> Chosen(params EncodedSample[] rows) => Chosen([], [], rows);

    private static IEnumerable<(long Time, long Place)> Chosen(HashSet<int> quarantined, HashSet<int> equal, params EncodedSample[] rows)
    {
        var buffer = new SampleBuffer();
        foreach (var row in rows)
            buffer.Add() = row;
        return MovedSample.Choose(buffer, MovedSample.Judge(buffer), quarantined, equal).Select(c => (c.Key.Time, buffer[c.Value.Position].Place)).Order();
    }
}
