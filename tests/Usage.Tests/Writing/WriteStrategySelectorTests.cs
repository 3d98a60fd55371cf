using LaunchStack.Usage.Database;
using LaunchStack.Usage.Writing;
using LaunchStack.Usage.Writing.Strategies;
using Npgsql;

namespace LaunchStack.Usage.Tests.Writing;

public sealed class WriteStrategySelectorTests
{
    private const string Duplicate = PostgresErrorCodes.UniqueViolation;

    // Large enough for COPY.
    private const int Many = 300;

    private readonly FakeStrategy _copy = new("copy");
    private readonly FakeStrategy _insert = new("insert");
    private readonly FakeStrategy _split = new("split");
    private readonly FakeStrategy _merge = new("merge");

    [Theory]
    [InlineData(1, "insert")]
    [InlineData(255, "insert")]
    [InlineData(256, "copy")]
    public async Task Rows_of_which_nothing_is_known_go_plainly(int rows, string strategy) =>
        Assert.Equal(strategy, (await CommitAsync(Selector(), 0, rows)).Strategy);

    [Theory]
    [InlineData(10, "merge")]
    [InlineData(Many, "split")]
    public async Task Rows_committed_lately_are_looked_for_and_only_they(int rows, string strategy)
    {
        var selector = Selector();
        await CommitAsync(selector, 0, rows);
        Assert.Equal(strategy, (await CommitAsync(selector, rows - 2, rows)).Strategy);
        Assert.Equal([rows - 2, rows - 1], (rows < Many ? _merge : _split).Suspects!.Select(position => position + rows - 2));
        Assert.Equal(0, _copy.Failed + _insert.Failed);
        Assert.Equal(rows < Many ? "insert" : "copy", (await CommitAsync(selector, 10_000, rows)).Strategy);
    }

    [Fact]
    public async Task After_a_conflict_that_was_not_foreseen_all_rows_are_looked_for_until_none_comes_any_more()
    {
        var selector = Selector();
        _copy.Fail(Duplicate);
        _split.Untouched = [7];
        Assert.Equal([7], (await CommitAsync(selector, 0, Many)).Untouched);
        Assert.Null(_split.Suspects);

        _split.Untouched = [];
        var next = 1;
        while ((await CommitAsync(selector, Many * next, Many)).Strategy == "split")
            Assert.InRange(next++, 1, 40);
        Assert.Equal(5, next);
    }

    [Fact]
    public async Task Conflicts_that_were_foreseen_do_not_keep_all_rows_looked_for()
    {
        var selector = Selector();
        await CommitAsync(selector, 0, Many);
        _copy.Fail(Duplicate);
        await CommitAsync(selector, Many, Many);
        _split.Untouched = [0, 1];
        var commits = 0;
        do
            await CommitAsync(selector, 0, Many);
        while (_split.Suspects is null && ++commits < 40);
        Assert.Equal(3, commits);
    }

    [Fact]
    public async Task Another_writer_that_brings_the_same_rows_meanwhile_is_settled_by_one_statement()
    {
        _copy.Fail(Duplicate);
        _split.Fail(Duplicate);
        Assert.Equal("merge", (await CommitAsync(Selector(), 0, Many)).Strategy);
    }

    [Fact]
    public async Task A_deadlock_is_tried_again_three_times_and_then_told()
    {
        _copy.Fail(PostgresErrorCodes.DeadlockDetected, 3);
        Assert.Equal("copy", (await CommitAsync(Selector(), 0, Many)).Strategy);
        _copy.Fail(PostgresErrorCodes.DeadlockDetected, 4);
        var told = await Assert.ThrowsAsync<PostgresException>(() => CommitAsync(Selector(), Many, Many));
        Assert.Equal(PostgresErrorCodes.DeadlockDetected, told.SqlState);
    }

    [Fact]
    public async Task A_database_that_refuses_COPY_is_not_asked_again()
    {
        var selector = Selector();
        _copy.Fail(PostgresErrorCodes.FeatureNotSupported);
        Assert.Equal("insert", (await CommitAsync(selector, 0, Many)).Strategy);
        Assert.Equal("insert", (await CommitAsync(selector, Many, Many)).Strategy);
        Assert.Equal(1, _copy.Failed);
        Assert.Equal("merge", (await CommitAsync(selector, 0, Many)).Strategy);
    }

    [Fact]
    public async Task The_embedded_database_is_never_asked_to_COPY() =>
        Assert.Equal("insert", (await CommitAsync(Selector(hasBackgroundWorkers: false), 0, Many)).Strategy);

    [Fact]
    public async Task An_error_about_values_is_the_callers()
    {
        _copy.Fail(PostgresErrorCodes.NumericValueOutOfRange);
        await Assert.ThrowsAsync<PostgresException>(() => CommitAsync(Selector(), 0, Many));
        Assert.Equal(0, _split.Committed + _merge.Committed + _insert.Committed);
    }

    [Fact]
    public async Task What_failed_was_not_committed_lately()
    {
        var selector = Selector();
        _copy.Fail(PostgresErrorCodes.NumericValueOutOfRange);
        await Assert.ThrowsAsync<PostgresException>(() => CommitAsync(selector, 0, Many));
        Assert.Equal("copy", (await CommitAsync(selector, 0, Many)).Strategy);
    }

    private WriteStrategySelector Selector(bool hasBackgroundWorkers = true) =>
        new(new UsageDatabase(UsageSchema.Hypertable, "resource_usage", new Version(2, 23), hasBackgroundWorkers), _copy, _insert, _split, _merge);

    /// <summary>Commits <paramref name="rows"/> samples of one instance, from second <paramref name="from"/> on.</summary>
    private static async Task<(IReadOnlyCollection<int> Untouched, string Strategy)> CommitAsync(WriteStrategySelector selector, int from, int rows)
    {
        using var set = Keys.Set([Keys.Numbered(1)], Enumerable.Range(from, rows).Select(second => second * 1_000_000L));
        return await selector.CommitAsync(
            new CommitContext(new NpgsqlConnection(), set, new RowArrays(), null, Guid.NewGuid(), DateTimeOffset.UnixEpoch), TestContext.Current.CancellationToken);
    }

    private sealed class FakeStrategy(string name) : IWriteStrategy
    {
        private string? _sqlState;
        private int _failures;

        public string Name => name;

        public IReadOnlyCollection<int> Untouched { get; set; } = [];

        public IReadOnlyList<int>? Suspects { get; private set; }

        public int Committed { get; private set; }

        public int Failed { get; private set; }

        public void Fail(string sqlState, int times = 1) => (_sqlState, _failures) = (sqlState, times);

        public Task<IReadOnlyCollection<int>> CommitAsync(CommitContext commit, CancellationToken cancellationToken)
        {
            Suspects = commit.Suspects;
            if (_failures-- > 0)
            {
                Failed++;
                throw new PostgresException("refused", "ERROR", "ERROR", _sqlState!);
            }
            Committed++;
            return Task.FromResult(Untouched);
        }
    }
}
