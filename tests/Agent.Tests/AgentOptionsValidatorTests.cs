using LaunchStack.Agent.Tests.Support;
using Microsoft.Extensions.Configuration;

namespace LaunchStack.Agent.Tests;

public class AgentOptionsValidatorTests
{
    [Fact]
    public void The_defaults_are_valid() => Assert.Empty(Failures(_ => { }));

    [Fact]
    public void A_bare_number_of_seconds_is_caught_and_explained()
    {
        // The binder reads "10" as ten days.
        var failure = Assert.Single(Failures(options => options.Interval = TimeSpan.Parse("10", null)));
        Assert.StartsWith("Agent:Interval is 10.00:00:00", failure, StringComparison.Ordinal);
        Assert.Contains("ten seconds are 00:00:10", failure, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_message_begins_with_its_key()
    {
        var failures = Failures(options =>
        {
            options.Interval = TimeSpan.Zero;
            options.Simulate = -1;
            options.Endpoint = new("ftp://somewhere");
            options.Name = "";
            options.InstanceId = Guid.Empty;
            options.KeyFile = "no/such/file";
            options.Spool.SegmentBytes = 1;
            options.Spool.MaxBytes = 0;
            options.Delivery.BatchSize = 0;
            options.Delivery.RequestTimeout = TimeSpan.Zero;
            options.Delivery.RetryMin = TimeSpan.FromMinutes(2);
            options.Delivery.RefusedRetry = TimeSpan.Zero;
        });

        Assert.Equal(12, failures.Count);
        Assert.All(failures, failure => Assert.StartsWith("Agent:", failure, StringComparison.Ordinal));
        Assert.Contains(failures, failure => failure.StartsWith("Agent:Delivery:RetryMax", StringComparison.Ordinal));
    }

    [Fact]
    public void Sampling_nothing_is_refused() => Assert.Contains(
        "nothing is left to sample", Assert.Single(Failures(options => options.Machine = false)), StringComparison.Ordinal);

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("two words")]
    [InlineData("line\n")]
    public void A_key_that_cannot_be_sent_is_refused_without_showing_it(string? key)
    {
        var failure = Assert.Single(Failures(_ => { }, key));
        Assert.StartsWith("Auth:Key", failure, StringComparison.Ordinal);
        Assert.DoesNotContain("two words", failure, StringComparison.Ordinal);
    }

    [Fact]
    public void The_name_other_services_give_the_admin_key_is_understood()
    {
        Assert.Empty(Failures(_ => { }, "key", "Auth:AdminKey"));
        Assert.StartsWith("Auth:AdminKey", Assert.Single(Failures(_ => { }, "two words", "Auth:AdminKey")), StringComparison.Ordinal);
    }

    [Fact]
    public void A_key_file_replaces_the_key()
    {
        using var directory = new TemporaryDirectory();
        File.WriteAllText(directory.File("key"), "k\n");
        Assert.Empty(Failures(options => options.KeyFile = directory.File("key"), key: null));
    }

    private static List<string> Failures(Action<AgentOptions> change, string? key = "key", string setting = "Auth:Key")
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection([new(setting, key)]).Build();
        var options = new AgentOptions();
        change(options);
        return new AgentOptionsValidator(configuration).Validate(null, options).Failures?.ToList() ?? [];
    }
}
