using LaunchStack.Ingest.Api.Mapping;
using Microsoft.Extensions.Options;

namespace LaunchStack.Ingest.Api.Tests.Mapping;

public sealed class SeriesCatalogTests
{
    private static readonly MappingOptions Options = new() { MaxSeries = 10_000 };
    private readonly SeriesCatalog _catalog = new(new MappingTable(Microsoft.Extensions.Options.Options.Create(Options)), Options);

    [Theory]
    [InlineData("/machine.slice/libpod-{id}.scope", "", true)]
    [InlineData("/user.slice/user-1000.slice/libpod-{id}.scope", "", true)]
    [InlineData("/docker/{id}", "web", false)]
    [InlineData("/machine.slice/libpod-conmon-{id}.scope", "", null)]
    [InlineData("/machine.slice/libpod-{id}.scope/container", "", null)]
    [InlineData("/machine.slice", "", null)]
    [InlineData("/", "", null)]
    public void A_container_that_cAdvisor_has_no_name_for_is_known_by_its_cgroup(string cgroup, string name, bool? isById)
    {
        var id = cgroup.Replace("{id}", string.Concat(Enumerable.Repeat("0123abcd", 8)), StringComparison.Ordinal);
        foreach (var series in new[] { "container_memory_working_set_bytes", "container_cpu_usage_seconds_total", "container_network_receive_bytes_total" })
        {
            var found = _catalog.Get(new(WireProtocol.Prometheus, series, [new("id", id), new("name", name), new("cpu", "total"), new("interface", "eth0")]), out _);
            Assert.Equal(isById is null ? null : isById.Value ? id : name, found.Group?.Instance.Name);
        }
    }

    [Fact]
    public void Long_names_and_labels_are_bounded_in_bytes_however_a_series_is_looked_up()
    {
        for (var i = 0; i < 1_000; i++)
        {
            _catalog.Get(Described($"{i}", new string('k', 20_000)), out _);
            _catalog.Define(BitConverter.GetBytes(i), Described($"{i}{new string('n', 20_000)}", "k"), out _);
            // 40 kB each in UTF-16.
            Assert.InRange(_catalog.Count, 1, SeriesCatalog.BytesOfSeries * Options.MaxSeries / 38_000);
        }
    }

    [Fact]
    public void What_fills_no_column_makes_room_for_what_does()
    {
        for (var round = 0; round < 3; round++)
        {
            for (var i = 0; i < Options.MaxSeries / 2; i++)
            {
                var wanted = _catalog.Get(new(WireProtocol.Prometheus, "container_memory_working_set_bytes", [new("name", $"{i}")]), out var isNew);
                Assert.Equal((true, round == 0), (wanted.Group is not null, isNew));
            }

            for (var i = 0; i < Options.MaxSeries; i++)
                _catalog.Get(Described($"{i}", "k"), out _);
        }
    }

    [Fact]
    public void Usual_names_are_bounded_in_number_only()
    {
        for (var i = 0; i < 9_000; i++)
            _catalog.Get(Described($"container_memory_working_set_bytes_{i}", "container_label_com_docker_compose_project"), out _);
        Assert.Equal(9_000, _catalog.Count);
    }

    [Fact]
    public void A_series_that_is_too_long_is_not_remembered()
    {
        var series = _catalog.Get(Described(new string('n', 1_000_000), "k"), out var isNew);
        Assert.Equal((UnmappedReason.TooLong, false, 0), (series.Reason, isNew, _catalog.Count));
    }

    private static SeriesDescription Described(string name, string label) => new(WireProtocol.Collectd, name, [new(label, "v")]);
}
