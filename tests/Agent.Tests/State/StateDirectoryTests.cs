using LaunchStack.Agent.State;
using LaunchStack.Agent.Tests.Support;

namespace LaunchStack.Agent.Tests.State;

public sealed class StateDirectoryTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly SentLog _log = new();

    [Fact]
    public void The_instance_id_is_made_once()
    {
        Guid first;
        using (var state = Open())
            first = InstanceIdentity.ReadOrCreate(state, _log);
        using var again = Open();
        Assert.Equal(first, InstanceIdentity.ReadOrCreate(again, _log));
    }

    [Theory]
    [InlineData("5b0c0000-0000-4000-8000-000000000001")]
    [InlineData("\ufeff 5B0C0000-0000-4000-8000-000000000001\r\n\0\0")]
    public void An_id_written_by_a_person_is_understood(string text)
    {
        using var state = Open();
        File.WriteAllText(_directory.File("instance-id"), text);
        Assert.Equal(DeliveryBench.Instance, InstanceIdentity.ReadOrCreate(state, _log));
    }

    [Theory]
    [InlineData("garbage")]
    [InlineData("")]
    [InlineData("00000000-0000-0000-0000-000000000000")]
    public void A_damaged_instance_id_is_kept_aside_and_a_new_one_made_loudly(string text)
    {
        using var state = Open();
        File.WriteAllText(_directory.File("instance-id"), text);

        var made = InstanceIdentity.ReadOrCreate(state, _log);

        Assert.Equal(made, InstanceIdentity.ReadOrCreate(state, _log));
        Assert.Equal(text, File.ReadAllText(_directory.File("instance-id.corrupt")));
        Assert.Contains(_log.Lines, line => line.Event == "InstanceIdReplaced" && line.Text.Contains($"{made}", StringComparison.Ordinal));
    }

    [Fact]
    public void Directories_in_place_of_files_are_moved_away()
    {
        foreach (var name in new[] { "agent.lock", "instance-id" })
            Directory.CreateDirectory(_directory.File($"{name}/within"));
        using var state = Open();

        var made = InstanceIdentity.ReadOrCreate(state, _log);

        Assert.Equal($"{made}", File.ReadAllText(_directory.File("instance-id")).Trim());
        Assert.True(Directory.Exists(_directory.File("agent.lock.corrupt/within")));
        Assert.Equal(2, _log.Lines.Count(line => line.Event == "StateFileMoved"));
    }

    [Fact]
    public void Two_agents_cannot_share_a_directory()
    {
        using var state = Open();
        var failure = Assert.Throws<IOException>(Open);
        Assert.Contains("another agent uses", failure.Message, StringComparison.Ordinal);
    }

    public void Dispose() => _directory.Dispose();

    private StateDirectory Open() => StateDirectory.Open(_directory.Path, _log);
}
