using LaunchStack.Auth;
using LaunchStack.Ingest.Api.Auth;
using LaunchStack.Usage.Writing;
using Microsoft.Extensions.Time.Testing;

namespace LaunchStack.Ingest.Api.Tests.Auth;

public sealed class KeyLimitsTests
{
    private static readonly ApiKey Key = new(
        Guid.NewGuid(), "test", [Scopes.Ingest], null, null, true, SamplesPerSecond: 10, Burst: 20, NewInstancesPerDay: 2, default, null, null, null);

    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void A_burst_passes_at_once_and_the_rate_after_it()
    {
        var limits = new KeyLimits(_time);
        limits.TakeSamples(Key, 20);
        var busy = Assert.Throws<TooManyRequestsException>(() => limits.TakeSamples(Key, 5));
        Assert.Equal(TimeSpan.FromSeconds(0.5), busy.RetryAfter);
        Assert.Contains("10 samples a second (samples_per_second), 20 at once (burst)", busy.Message, StringComparison.Ordinal);
        _time.Advance(busy.RetryAfter);
        limits.TakeSamples(Key, 5);
    }

    [Fact]
    public void What_was_refused_gets_its_turn_before_smaller_requests_and_nothing_is_read_until_then()
    {
        var limits = new KeyLimits(_time);
        limits.RequireOpen(Key);
        limits.TakeSamples(Key, 20);
        limits.RequireOpen(Key);
        Assert.Throws<TooManyRequestsException>(() => limits.TakeSamples(Key, 20));
        _time.Advance(TimeSpan.FromSeconds(1.5));
        Assert.Equal(TimeSpan.FromSeconds(0.5), Assert.Throws<TooManyRequestsException>(() => limits.RequireOpen(Key)).RetryAfter);
        Assert.Throws<TooManyRequestsException>(() => limits.TakeSamples(Key, 1));
        _time.Advance(TimeSpan.FromSeconds(0.5));
        limits.RequireOpen(Key);
        limits.TakeSamples(Key, 20);
    }

    [Fact]
    public void More_than_a_burst_passes_while_the_bucket_is_full_and_is_paid_off()
    {
        var limits = new KeyLimits(_time);
        limits.TakeSamples(Key, 100);
        Assert.Equal(TimeSpan.FromSeconds(8.1), Assert.Throws<TooManyRequestsException>(() => limits.TakeSamples(Key, 1)).RetryAfter);
    }

    [Fact]
    public void What_is_done_already_is_paid_off_before_anything_is_read_and_no_sample_pays_for_it()
    {
        var limits = new KeyLimits(_time);
        limits.SpendWork(Key, 20L * 4 << 20);
        limits.RequireOpen(Key);
        limits.SpendWork(Key, 15L * 4 << 20);
        var busy = Assert.Throws<TooManyRequestsException>(() => limits.RequireOpen(Key));
        Assert.Equal(TimeSpan.FromSeconds(1.5), busy.RetryAfter);
        Assert.Contains("10 samples a second (samples_per_second), and for each of them 4 MiB of bodies, names and labels", busy.Message, StringComparison.Ordinal);
        limits.TakeSamples(Key, 20);
        _time.Advance(busy.RetryAfter);
        limits.RequireOpen(Key);
        limits.SpendWork(Key with { SamplesPerSecond = null }, long.MaxValue);
        limits.RequireOpen(Key with { SamplesPerSecond = null });
    }

    [Fact]
    public void Of_instances_that_come_with_others_as_many_are_taken_as_may_be()
    {
        var limits = new KeyLimits(_time);
        Assert.Equal((2, 0), (limits.TakeSomeInstances(Key, 3), limits.TakeSomeInstances(Key, 1)));
        _time.Advance(TimeSpan.FromDays(0.5));
        Assert.Equal((1, 0), (limits.TakeSomeInstances(Key, 5), limits.TakeSomeInstances(Key with { NewInstancesPerDay = 0 }, 1)));
        Assert.Equal(7, limits.TakeSomeInstances(Key with { NewInstancesPerDay = null }, 7));
    }

    [Fact]
    public void A_day_has_so_many_new_instances()
    {
        var limits = new KeyLimits(_time);
        limits.TakeInstances(Key, 2);
        Assert.Contains("2 instances a day", Assert.Throws<TooManyRequestsException>(() => limits.TakeInstances(Key, 1)).Message, StringComparison.Ordinal);
        _time.Advance(TimeSpan.FromDays(0.5));
        limits.TakeInstances(Key, 1);
        Assert.Equal(TimeSpan.FromDays(1), Assert.Throws<TooManyRequestsException>(() => limits.TakeInstances(Key with { NewInstancesPerDay = 0 }, 1)).RetryAfter);
    }
}
