using LaunchStack.Migrator.Database;

namespace LaunchStack.Migrator.Tests.Database;

public sealed class WorkersTests
{
    [Fact]
    public async Task The_failure_of_one_ends_the_others_and_is_the_one_that_is_told()
    {
        var (working, ended) = (new CountdownEvent(2), 0);
        var error = await Assert.ThrowsAsync<InvalidDataException>(() => Workers.RunAsync([0, 1, 2], async (worker, stop) =>
        {
            if (worker == 1)
            {
                working.Wait(stop);
                throw new InvalidDataException("the cause");
            }

            working.Signal();
            try
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, stop);
            }
            finally
            {
                Interlocked.Increment(ref ended);
            }
        }, TestContext.Current.CancellationToken));
        Assert.Equal(("the cause", 2), (error.Message, ended));
    }
}
