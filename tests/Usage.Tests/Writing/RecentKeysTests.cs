using LaunchStack.Usage.Writing;

namespace LaunchStack.Usage.Tests.Writing;

public sealed class RecentKeysTests
{
    private const long Second = 1_000_000;

    private readonly RecentKeys _recent = new();

    [Fact]
    public void A_key_is_found_after_its_commit_and_no_other()
    {
        using var committed = Keys.Set([Keys.Numbered(1), Keys.Numbered(2)], [10 * Second, 20 * Second]);
        Assert.Empty(_recent.In(committed));
        _recent.Add(committed);
        Assert.Equal([0, 1, 2, 3], _recent.In(committed));

        using var others = Keys.Set([Keys.Numbered(2), Keys.Numbered(3)], [10 * Second, 30 * Second]);
        Assert.Equal([0], _recent.In(others));
    }

    [Fact]
    public void Numbered_instances_and_whole_seconds_share_no_slots_more_than_random_ones_would()
    {
        using var committed = Keys.Set(Enumerable.Range(0, 1_000).Select(Keys.Numbered), Enumerable.Range(0, 200).Select(n => n * 10 * Second));
        _recent.Add(committed);
        // Of 200,000 keys in 1,048,576 slots, a later one takes the slot of 9 %.
        Assert.InRange(_recent.In(committed).Count, 180_000, 184_000);
    }

    [Fact]
    public void It_holds_the_last_of_more_keys_than_it_has_room_for()
    {
        CommitSet Day(int day) => Keys.Set(Enumerable.Range(0, 1_000).Select(Keys.Numbered), Enumerable.Range(0, 500).Select(n => ((day * 500L) + n) * Second));
        for (var day = 0; day < 6; day++)
        {
            using var set = Day(day);
            _recent.Add(set);
        }
        using var first = Day(0);
        using var last = Day(5);
        Assert.InRange(_recent.In(first).Count, 0, 60_000);
        Assert.InRange(_recent.In(last).Count, 350_000, 500_000);
    }
}
