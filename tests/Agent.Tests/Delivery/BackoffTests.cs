using LaunchStack.Agent.Delivery;

namespace LaunchStack.Agent.Tests.Delivery;

public class BackoffTests
{
    [Fact]
    public void Jitter_lengthens_by_a_quarter_at_most()
    {
        var backoff = new Backoff(new DeliveryOptions(), () => 1);
        Assert.Equal(TimeSpan.FromSeconds(1.25), backoff.Next(new IngestAnswer.Unavailable("")));
    }

    [Fact]
    public void A_server_cannot_ask_for_more_than_a_quarter_of_an_hour()
    {
        var backoff = new Backoff(new DeliveryOptions(), () => 0);
        Assert.Equal(TimeSpan.FromMinutes(15), backoff.Next(new IngestAnswer.Unavailable("", TimeSpan.FromDays(3))));
    }

    [Fact]
    public void A_server_asking_for_less_than_the_own_wait_changes_nothing()
    {
        var backoff = new Backoff(new DeliveryOptions(), () => 0);
        Assert.Equal(TimeSpan.FromSeconds(1), backoff.Next(new IngestAnswer.Unavailable("", TimeSpan.Zero)));
        Assert.Equal(TimeSpan.FromSeconds(2), backoff.Next(new IngestAnswer.Unavailable("", TimeSpan.FromSeconds(1))));
    }

    [Fact]
    public void Many_failures_do_not_overflow()
    {
        var backoff = new Backoff(new DeliveryOptions { RetryMax = TimeSpan.FromHours(1) }, () => 0);
        var waits = Enumerable.Range(0, 100).Select(_ => backoff.Next(new IngestAnswer.Unavailable(""))).ToArray();
        Assert.Equal(TimeSpan.FromHours(1), waits[^1]);
    }
}
