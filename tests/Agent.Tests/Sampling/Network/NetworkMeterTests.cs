using LaunchStack.Agent.Sampling.Network;
using LaunchStack.Agent.Tests.Support;

namespace LaunchStack.Agent.Tests.Sampling.Network;

public sealed class NetworkMeterTests : IDisposable
{
    private readonly FakeMachine _machine = new();
    private readonly TemporaryDirectory _state = new();
    private readonly SentLog _log = new();

    public NetworkMeterTests() => _machine.Boot("first");

    [Fact]
    public void A_device_that_goes_takes_nothing_away_and_one_that_comes_brings_nothing_along()
    {
        var meter = Meter();
        _machine.Device("eth0", 1000, 100, files: [FakeMachine.PhysicalDevice]).Device("eth1", 5000, 500, files: [FakeMachine.PhysicalDevice]);
        Assert.Equal((6000, 600), meter.Read());
        _machine.Remove("eth1");
        Assert.Equal((6000, 600), meter.Read());
        _machine.Count("eth0", 1010, 101);
        Assert.Equal((6010, 601), meter.Read());
        _machine.Device("usb0", 70_000, 7000, files: [FakeMachine.PhysicalDevice]);
        Assert.Equal((6010, 601), meter.Read());
        _machine.Count("usb0", 70_005, 7001);
        Assert.Equal((6015, 602), meter.Read());
        _machine.Remove("usb0");
        _machine.Remove("eth0");
        Assert.Equal((6015, 602), meter.Read());
    }

    [Fact]
    public void Devices_that_go_and_come_while_the_agent_is_not_running_change_nothing()
    {
        _machine.Device("eth0", 1000, 100, files: [FakeMachine.PhysicalDevice]).Device("eth1", 5000, 500, files: [FakeMachine.PhysicalDevice]);
        Assert.Equal((6000, 600), Meter().Read());
        _machine.Remove("eth1");
        _machine.Device("eth1", 9, 9, files: [FakeMachine.PhysicalDevice]);
        _machine.Count("eth0", 1500, 150);
        Assert.Equal((6500, 650), Meter().Read());
    }

    [Fact]
    public void After_a_reboot_the_count_goes_on()
    {
        _machine.Device("eth0", 1000, 100, files: [FakeMachine.PhysicalDevice]);
        Assert.Equal((1000, 100), Meter().Read());
        _machine.Boot("second");
        _machine.Count("eth0", 30, 3);
        Assert.Equal((1030, 103), Meter().Read());
        _machine.Count("eth0", 40, 4);
        Assert.Equal((1040, 104), Meter().Read());
    }

    [Theory]
    [InlineData("")]
    [InlineData("garbage")]
    [InlineData("null")]
    [InlineData("""{"boot":"first","in":-1,"out":0,"devices":[]}""")]
    [InlineData("""{"boot":"first","in":1,"out":0,"devices":null}""")]
    [InlineData("""{"boot":"first","in":1,"out":0,"devices":[null]}""")]
    [InlineData("""{"boot":"first","in":1,"out":0,"devices":[{"name":null,"index":1,"in":0,"out":0}]}""")]
    [InlineData("""{"boot":"first","in":99999999999999999999,"out":0,"devices":[]}""")]
    public void State_that_is_none_is_moved_away_and_the_count_begins_anew(string text)
    {
        File.WriteAllText(_state.File("network"), text);
        _machine.Device("eth0", 1000, 100, files: [FakeMachine.PhysicalDevice]);
        Assert.Equal((1000, 100), Meter().Read());
        Assert.Equal(text, File.ReadAllText(_state.File("network.corrupt")));
        Assert.Contains(_log.Lines, line => line.Event == "StateFileMoved");
        _machine.Count("eth0", 1001, 100);
        Assert.Equal((1001, 100), Meter().Read());
    }

    [Fact]
    public void State_that_cannot_be_written_is_said_once()
    {
        _machine.Device("eth0", 1000, 100, files: [FakeMachine.PhysicalDevice]);
        var meter = new NetworkMeter(_machine.Root, "/no/such/directory/network", fsync: false, _log);
        Assert.Equal((1000, 100), meter.Read());
        _machine.Count("eth0", 1001, 100);
        Assert.Equal((1001, 100), meter.Read());
        Assert.Single(_log.Lines, line => line.Event == "NetworkStateNotSaved");
    }

    [Fact]
    public void A_machine_without_a_network_tells_of_none_until_it_has_one()
    {
        var meter = Meter();
        Assert.Null(meter.Read());
        _machine.Device("lo", 5, 5, type: 772);
        Assert.Null(meter.Read());
        _machine.Device("eth0", 1000, 100, files: [FakeMachine.PhysicalDevice]);
        Assert.Equal((1000, 100), meter.Read());
    }

    public void Dispose()
    {
        _machine.Dispose();
        _state.Dispose();
    }

    private NetworkMeter Meter() => new(_machine.Root, _state.File("network"), fsync: false, _log);
}
