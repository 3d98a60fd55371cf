using LaunchStack.Aggregator.Reading;
using LaunchStack.ServiceDefaults.Problems;

namespace LaunchStack.Aggregator.Tests.Reading;

/// <summary>What is told without asking the database whose an instance is; TenantTests ask it.</summary>
public sealed class ViewerTests
{
    private static readonly Guid Mine = Guid.NewGuid(), Another = Guid.NewGuid();

    private static readonly Viewer[] Viewers = [Viewer.Everybody, new(Mine, null), new(null, Mine)];

    [Fact]
    public void An_unbound_key_sees_everything_a_users_its_user_and_an_instances_no_user()
    {
        Assert.Equal([false, true, true], Viewers.Select(viewer => viewer.IsBound));
        Assert.Equal([true, true, false], Viewers.Select(viewer => viewer.MaySeeUser(Mine)));
        Assert.Equal([true, false, false], Viewers.Select(viewer => viewer.MaySeeUser(Another)));
        Assert.Equal([true, false, false], Viewers.Select(viewer => viewer.MaySeeUser(null)));
        Assert.Equal([true, true, false], Viewers.Select(viewer => viewer.MaySeeDaysOf(Another)));
    }

    [Fact]
    public async Task What_a_key_may_not_ask_about_is_403()
    {
        foreach (var (viewer, user, instance, may) in new (Viewer, Guid?, Guid?, bool)[]
        {
            (Viewers[0], Another, Another, true), (Viewers[1], Mine, null, true), (Viewers[1], null, null, true), (Viewers[2], null, Mine, true), (Viewers[2], null, null, true),
            (Viewers[1], Another, null, false), (Viewers[1], Another, Mine, false), (Viewers[2], Mine, null, false), (Viewers[2], null, Another, false), (Viewers[2], Another, Mine, false),
        })
        {
            var refusal = await Record.ExceptionAsync(() => viewer.RequireAsync(user, instance, null!, TestContext.Current.CancellationToken));
            if (may)
                Assert.Null(refusal);
            else
                Assert.Equal(403, Assert.IsType<RequestException>(refusal).Status);
        }
    }
}
