using LaunchStack.Agent.Sampling.Network;
using LaunchStack.Agent.Tests.Support;

namespace LaunchStack.Agent.Tests.Sampling.Network;

public sealed class NetworkDevicesTests : IDisposable
{
    private readonly FakeMachine _machine = new();

    [Fact]
    public void On_a_machine_only_the_hardware_counts()
    {
        _machine.Device("lo", type: 772)
            .Device("enp3s0", files: [FakeMachine.PhysicalDevice, "master->../bond0"])
            .Device("wlp2s0", kind: "wlan", files: [FakeMachine.PhysicalDevice])
            .Device("wwan0", type: 65534, files: [FakeMachine.PhysicalDevice])
            .Device("bond0", kind: "bond", files: ["lower_enp3s0->../enp3s0"])
            .Device("bond0.7", kind: "vlan", link: 5, files: ["lower_bond0->../bond0"])
            .Device("br0", kind: "bridge", files: ["lower_bond0.7->../bond0.7"])
            .Device("docker0", kind: "bridge")
            .Device("vethb7ad", link: 12, files: ["brport/state", "master->../docker0"])
            .Device("cali123", link: 3)
            .Device("tun0", type: 65534, files: ["tun_flags"])
            .Device("wg0", type: 65534, kind: "wireguard")
            .Device("vxlan1", kind: "vxlan", link: 2)
            .Device("mac1", kind: "macvlan", link: 2, files: ["lower_enp3s0->../enp3s0"])
            .Device("gretap0", link: 0)
            .Device("ifb0")
            .Device("dummy0");

        Assert.Equal(["enp3s0", "wlp2s0", "wwan0"], Names());
    }

    [Theory]
    [InlineData("veth")]
    [InlineData("macvlan")]
    [InlineData("ipvlan")]
    [InlineData(null)]
    public void In_a_container_its_link_to_the_outside_counts(string? kind)
    {
        _machine.Device("lo", type: 772).Device("eth0", kind: kind, link: 17);
        Assert.Equal(["eth0"], Names());
    }

    [Fact]
    public void Containers_within_a_container_are_counted_by_its_own_link()
    {
        _machine.Device("lo", type: 772)
            .Device("eth0", link: 17)
            .Device("eth1", link: 23)
            .Device("docker0", kind: "bridge", files: ["lower_veth1->../veth1"])
            .Device("veth1", link: 9, files: ["brport/state", "master->../docker0"])
            .Device("inside0", link: 7)
            .Device("inside1", link: 6)
            .Device("eth0.4", kind: "vlan", link: 2, files: ["lower_eth0->../eth0"])
            .Device("sit0", type: 776, link: 0)
            .Device("gretap0", link: 0);

        Assert.Equal(["eth0", "eth1"], Names());
    }

    [Fact]
    public void A_container_whose_link_is_on_a_bridge_of_its_own_counts_the_link()
    {
        _machine.Device("lo", type: 772).Device("eth0", link: 17, files: ["brport/state", "master->../br0"]).Device("br0", kind: "bridge", files: ["lower_eth0->../eth0"]);
        Assert.Equal(["eth0"], Names());
    }

    [Fact]
    public void Without_a_link_a_tunnel_in_user_mode_is_one()
    {
        _machine.Device("lo", type: 772).Device("tap0", files: ["tun_flags"]);
        Assert.Equal(["tap0"], Names());
    }

    [Fact]
    public void Hardware_that_other_hardware_counts_does_not_count_again()
    {
        _machine.Device("eth0", files: [FakeMachine.PhysicalDevice, "lower_enP1s1->../enP1s1"])
            .Device("enP1s1", files: [FakeMachine.PhysicalDevice, "master->../eth0"])
            .Device("lan1", kind: "dsa", files: [FakeMachine.PhysicalDevice])
            .Device("enp1s0np0vf0", files: [FakeMachine.PhysicalDevice, "phys_port_name=c1pf0vf0"])
            .Device("mon0", type: 803, files: [FakeMachine.PhysicalDevice]);
        Assert.Equal(["eth0"], Names());
    }

    [Fact]
    public void Where_sys_is_another_namespaces_names_decide()
    {
        _machine.Device("eth0", files: [FakeMachine.PhysicalDevice]);
        foreach (var name in new[] { "lo", "eth1", "br0", "eth0.5", "tun0", "vethx", "wlan0", "../../eth0" })
            _machine.Count(name, 1, 2);
        Assert.Equal(["eth0", "eth1", "wlan0"], Names());
    }

    [Fact]
    public void A_kernel_without_sys_has_its_devices_named()
    {
        _machine.Count("lo", 1, 1).Count("eth0", 378388896, 422555).Count("docker0", 5, 5);
        Assert.Equal([new NetworkDevice("eth0", 0, 378388896, 422555)], Read());
    }

    [Fact]
    public void Without_devices_there_are_none_and_without_proc_nothing_is_known()
    {
        Assert.Null(new NetworkDevices(_machine.Root).Read());
        _machine.Device("lo", type: 772);
        Assert.Empty(Read());
    }

    [Fact]
    public void Lines_that_make_no_sense_are_passed_over()
    {
        _machine.Put("proc/net/dev", "eth0:\neth1: 1 2\neth2: x 1 1 1 1 1 1 1 5 1\neth3: 99999999999999999999 0 0 0 0 0 0 0 1\nno colon\neth4: 1 0 0 0 0 0 0 0 2 0");
        Assert.Equal([new NetworkDevice("eth4", 0, 1, 2)], Read());
    }

    public void Dispose() => _machine.Dispose();

    private IReadOnlyList<NetworkDevice> Read() => new NetworkDevices(_machine.Root).Read()!;

    private IEnumerable<string> Names() => Read().Select(device => device.Name);
}
