using System.Globalization;
using LaunchStack.Usage.Database;
using LaunchStack.Usage.History;
using Npgsql;

namespace LaunchStack.Usage.Tests.History;

public sealed class HistoryOutsideTests
{
    [Theory]
    [InlineData("1970-01-01T00:00:00Z", "1971-01-01T00:00:00Z")]
    [InlineData("1970-01-01T00:00:00Z", "2000-01-03T00:00:00Z")]
    [InlineData("2500-01-01T00:00:00Z", "2501-01-01T00:00:00Z")]
    [InlineData("0001-01-01T00:00:00Z", "0001-01-01T00:00:01Z")]
    [InlineData("9999-01-01T00:00:00Z", "9999-12-31T23:59:59Z")]
    [InlineData("2026-11-24T00:00:00Z", "2026-11-23T00:00:00Z")]
    public async Task A_range_that_can_hold_no_sample_is_empty_without_the_database(string from, string to)
    {
        await using var nowhere = NpgsqlDataSource.Create("Host=127.0.0.1;Port=1;Username=none");
        var reader = new UsageReader(new DatabaseExecutor(nowhere, TimeProvider.System));
        var (start, end) = (DateTimeOffset.Parse(from, CultureInfo.InvariantCulture), DateTimeOffset.Parse(to, CultureInfo.InvariantCulture));
        Assert.Empty(await reader.HistoryAsync(new(Guid.NewGuid(), start, end, 10), TestContext.Current.CancellationToken));
    }
}
