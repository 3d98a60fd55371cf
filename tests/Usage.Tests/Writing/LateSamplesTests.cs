using LaunchStack.Usage.Samples;
using LaunchStack.Usage.Writing.Strategies;
using Npgsql;

namespace LaunchStack.Usage.Tests.Writing;

public sealed class LateSamplesTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 27, 0, 3, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(0)]
    [InlineData(3.9)]
    public void Nothing_is_noted_of_what_comes_within_minutes_even_of_the_day_before(double minutesAgo) =>
        Assert.Null(Note(Now, minutesAgo));

    [Theory]
    [InlineData(6)]
    [InlineData(60)]
    [InlineData(11.9 * 60)]
    public void Nothing_is_noted_of_a_day_that_is_not_over(double minutesAgo) =>
        Assert.Null(Note(Now.AddHours(11.95), minutesAgo));

    [Fact]
    public void Each_instance_and_day_is_noted_once_in_their_order()
    {
        var note = Note(Now, 4.1, 0, 10, 25 * 60, 0.5)!;
        Assert.Equal([Keys.Numbered(1), Keys.Numbered(1), Keys.Numbered(1), Keys.Numbered(2), Keys.Numbered(2), Keys.Numbered(2)], ((NpgsqlParameter<List<Guid>>)note.Parameters[0]).TypedValue);
        DateOnly[] days = [new(2026, 11, 25), new(2026, 11, 26), new(2026, 11, 27)];
        Assert.Equal([.. days, .. days], ((NpgsqlParameter<List<DateOnly>>)note.Parameters[1]).TypedValue);
    }

    /// <summary>Samples of two instances, so many minutes before now.</summary>
    private static NpgsqlBatchCommand? Note(DateTimeOffset now, params double[] minutesAgo)
    {
        using var set = Keys.Set([Keys.Numbered(1), Keys.Numbered(2)], minutesAgo.Select(minutes => PostgresTime.FromInstant(now.AddMinutes(-minutes))));
        return LateSamples.Note(new CommitContext(new NpgsqlConnection(), set, new RowArrays(), null, Guid.NewGuid(), now), set);
    }
}
