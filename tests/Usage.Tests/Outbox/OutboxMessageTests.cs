using System.Diagnostics;
using System.Text;
using LaunchStack.Contracts;
using LaunchStack.Usage.Outbox;

namespace LaunchStack.Usage.Tests.Outbox;

public sealed class OutboxMessageTests
{
    [Fact]
    public void Every_message_of_Contracts_is_known_by_its_name()
    {
        foreach (var type in typeof(UsageIngested).Assembly.GetExportedTypes().Where(type => type.IsClass))
            Assert.DoesNotContain("unknown message type", Record.Exception(() => Row(type.Name, "{}").Read())?.Message ?? "", StringComparison.Ordinal);
    }

    [Fact]
    public void A_message_comes_out_as_it_went_in()
    {
        var sent = new UsageIngested(Guid.NewGuid(), 3, DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddDays(1), 2, DateTimeOffset.UnixEpoch.AddDays(2));
        var command = OutboxTable.Insert(sent, activity: null);
        Assert.Contains("'UsageIngested'", command.CommandText, StringComparison.Ordinal);
        Assert.Equal(sent, Row("UsageIngested", Encoding.UTF8.GetString((byte[])command.Parameters[0].Value!)).Read());
    }

    [Theory]
    [InlineData("Unheard", "{}", "unknown message type 'Unheard'")]
    [InlineData("UsageIngested", "[]", "is no UsageIngested")]
    [InlineData("UsageIngested", "null", "empty body")]
    public void A_row_that_is_no_message_says_why(string type, string body, string reason) =>
        Assert.Contains(reason, Assert.Throws<OutboxMessageException>(() => Row(type, body).Read()).Message, StringComparison.Ordinal);

    [Fact]
    public void The_trace_goes_on_where_the_row_has_one()
    {
        Assert.Equal("0af7651916cd43dd8448eb211c80319c", (Row("x", "{}") with { TraceParent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01" }).Trace.TraceId.ToString());
        Assert.Equal(default(ActivityContext), Row("x", "{}").Trace);
    }

    private static OutboxMessage Row(string type, string body) => new(7, Guid.NewGuid(), type, body, null, null);
}
