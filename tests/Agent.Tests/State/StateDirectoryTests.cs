using LaunchStack.Agent.State;
using LaunchStack.Agent.Tests.Support;

namespace LaunchStack.Agent.Tests.State;

public sealed class StateDirectoryTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    [Fact]
    public void The_instance_id_is_made_once()
    {
        Guid first;
        using (var state = StateDirectory.Open(_directory.Path))
            first = InstanceIdentity.ReadOrCreate(state);
        using var again = StateDirectory.Open(_directory.Path);
        Assert.Equal(first, InstanceIdentity.ReadOrCreate(again));
    }

    [Fact]
    public void A_damaged_instance_id_is_not_replaced_silently()
    {
        using var state = StateDirectory.Open(_directory.Path);
        File.WriteAllText(_directory.File("instance-id"), "garbage");
        var failure = Assert.Throws<IOException>(() => InstanceIdentity.ReadOrCreate(state));
        Assert.Contains("holds no UUID", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_agents_cannot_share_a_directory()
    {
        using var state = StateDirectory.Open(_directory.Path);
        var failure = Assert.Throws<IOException>(() => StateDirectory.Open(_directory.Path));
        Assert.Contains("another agent uses", failure.Message, StringComparison.Ordinal);
    }

    public void Dispose() => _directory.Dispose();
}
