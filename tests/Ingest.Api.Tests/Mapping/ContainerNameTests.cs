using LaunchStack.Ingest.Api.Mapping;

namespace LaunchStack.Ingest.Api.Tests.Mapping;

public class ContainerNameTests
{
    private const string Id = "4f0c1b5a9d3e7f2046810a2c4e6f8b1d3f5a7c9e0b2d4f6a8c1e3b5d7f9a0c2e";

    [Theory]
    [InlineData("/n8n-1", "n8n-1")]
    [InlineData("n8n-1", "n8n-1")]
    [InlineData("docker-compose-n8n-1", "docker-compose-n8n-1")]
    [InlineData("/sys/fs/cgroup/docker/4f0c/", "4f0c")]
    [InlineData("/", "/")]
    [InlineData("n8n.scope", "n8n.scope")]
    [InlineData("team-a/X", "team-a/X")]
    [InlineData("/team-a/X", "/team-a/X")]
    [InlineData("team-a/docker/X", "team-a/docker/X")]
    [InlineData("team-a/" + Id, "team-a/" + Id)]
    [InlineData("team-a-" + Id, "team-a-" + Id)]
    [InlineData("a:b:" + Id, "a:b:" + Id)]
    [InlineData("//", "//")]
    [InlineData("", "")]
    [InlineData(Id + "\n", Id + "\n")]
    [InlineData("/parent-of-ours/" + Id, Id)]
    [InlineData("/lxc/n8n", "n8n")]
    [InlineData("system.slice/docker-" + Id + ".scope", Id)]
    [InlineData("/machine.slice/machine-n8n.scope", "n8n")]
    [InlineData("machine.slice/machine-team\\x2da\\x2dn8n.scope", "team-a-n8n")]
    [InlineData("machine-n8n.scope", "machine-n8n.scope")]
    [InlineData("/lxc.payload.n8n", "n8n")]
    [InlineData("/sys/fs/cgroup/lxc.payload.n8n.team/", "n8n.team")]
    [InlineData("/lxc.monitor.n8n", "lxc.monitor.n8n")]
    [InlineData("lxc.payload.n8n", "lxc.payload.n8n")]
    [InlineData("/system.slice/n8n.service/libpod-payload-" + Id, Id)]
    [InlineData("/system.slice/n8n.service", "n8n.service")]
    [InlineData("/ecs/cd189a933e5849daa93386466019ab50/cd189a933e5849daa93386466019ab50-2495160603", "cd189a933e5849daa93386466019ab50-2495160603")]
    [InlineData("/ecs/cd189a933e5849daa93386466019ab50", "/ecs/cd189a933e5849daa93386466019ab50")]
    [InlineData("/ecs/n8n/cd189a933e5849daa93386466019ab50/" + Id, Id)]
    [InlineData("/machine.slice/libpod-conmon-" + Id + ".scope", "libpod-conmon-" + Id)]
    [InlineData("/docker/" + Id, Id)]
    [InlineData("/sys/fs/cgroup/system.slice/docker-" + Id + ".scope", Id)]
    [InlineData("/machine.slice/libpod-" + Id + ".scope", Id)]
    [InlineData("/libpod_parent/libpod-" + Id, Id)]
    [InlineData("/kubepods.slice/kubepods-pod1.slice/crio-" + Id + ".scope", Id)]
    [InlineData("/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod1.slice/cri-containerd-" + Id + ".scope", Id)]
    [InlineData("/system.slice/containerd.service/kubepods-burstable-pod1.slice:cri-containerd:" + Id, Id)]
    [InlineData("/kubepods/besteffort/pod5b0c/" + Id, Id)]
    [InlineData("nerdctl-" + Id + ".scope", Id)]
    [InlineData("libpod-conmon-" + Id + ".scope", "libpod-conmon-" + Id + ".scope")]
    [InlineData("docker-4f0c.scope", "docker-4f0c.scope")]
    public void Ways_to_write_a_container_are_understood(string label, string name) => Assert.Equal(name, ContainerName.Of(label));
}
