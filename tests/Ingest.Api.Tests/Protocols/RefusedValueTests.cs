using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using Google.Protobuf;
using LaunchStack.Ingest.Api.Mapping;
using LaunchStack.Usage.Samples;

namespace LaunchStack.Ingest.Api.Tests.Protocols;

/// <summary>Of values that were not kept the answer names the first, in its sender's words, with the bound that it breaks, and how many there are.</summary>
public class RefusedValueTests
{
    private static readonly DateTimeOffset Now = DateTimeOffset.FromUnixTimeSeconds(TimeProvider.System.GetUtcNow().ToUnixTimeSeconds());
    private static readonly DateTimeOffset Ahead = Now.AddDays(100).AddMilliseconds(7);
    private static readonly DateTimeOffset Old = Now.AddDays(-91).AddMilliseconds(-7);

    // That a name is nobody's is no error of its sender's, whatever the time.
    private static readonly Sent[] Values =
    [
        Sent.Memory("n8n", 1, Now), Sent.Memory("nobody", 1, Ahead), Sent.Memory("n8n", 2, Ahead), Sent.Memory("n8n", 3, Ahead.AddDays(-1)), Sent.Memory("n8n", 4, Old),
    ];

    public static TheoryData<string, string, string> Protocols => new()
    {
        { "influx", "line 3, docker_container_mem.usage", "line 5, docker_container_mem.usage" },
        { "influx-2", "line 3, docker_container_mem.usage", "line 5, docker_container_mem.usage" },
        { "remote-write-1", "container_memory_working_set_bytes", "container_memory_working_set_bytes" },
        { "remote-write-2", "container_memory_working_set_bytes", "container_memory_working_set_bytes" },
        { "otlp", "container.memory.usage", "container.memory.usage" },
        { "otlp-json", "container.memory.usage", "container.memory.usage" },
        { "collectd", "element 2, memory.memory", "element 4, memory.memory" },
    };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Protocols))]
    public async Task The_first_value_of_a_reason_is_named_with_the_bound(string protocol, string ahead, string old)
    {
        await using var host = await StartAsync();
        using var response = await host.SendAsync(ProtocolRequest.Of(protocol, Values).Compressed());
        Assert.Equal(protocol.StartsWith("otlp", StringComparison.Ordinal) ? HttpStatusCode.OK : HttpStatusCode.BadRequest, response.StatusCode);
        var body = await response.Content.ReadAsByteArrayAsync(Token);
        AssertNames(
            protocol switch
            {
                "otlp" => Partial(body),
                "remote-write-1" or "remote-write-2" => Encoding.UTF8.GetString(body),
                _ => Text(JsonDocument.Parse(body).RootElement),
            },
            protocol switch
            {
                "influx" or "influx-2" => "dropped=3",
                "remote-write-1" or "remote-write-2" => "3 of 5 samples were not kept",
                "collectd" => "3 values were not kept",
                _ => "3 points",
            },
            ahead, old);
    }

    [Fact]
    public async Task So_it_is_by_grpc()
    {
        await using var host = await StartAsync();
        using var request = ProtocolRequest.Grpc(new Uri(host.GrpcUrl), ProtocolRequest.Of("otlp", Values).Body);
        using var response = await host.Client.SendAsync(request, Token);
        AssertNames(Partial((await response.Content.ReadAsByteArrayAsync(Token))[5..]), "3 points", "container.memory.usage", "container.memory.usage");
    }

    [Fact]
    public void A_place_is_short_and_printable()
    {
        var place = new SeriesPlace(new(WireProtocol.Influx, "a\n\u001b" + new string('x', 10_000), ""), 1_000_000_000, 7).ToString();
        Assert.InRange(place.Length, 100, 200);
        Assert.DoesNotContain(place, char.IsControl);
        Assert.StartsWith("line 7, a??xxx", place, StringComparison.Ordinal);
        Assert.EndsWith(" at 1970-01-01T00:00:01.000000Z", place, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(10)]
    [InlineData(60)]
    public void The_times_that_are_kept_are_those_whose_step_the_window_holds(int seconds)
    {
        var window = SampleWindow.Around(Now.AddTicks(12_345), TimeSpan.FromDays(90));
        var (from, to) = SeriesAggregator.Kept(window, TimeSpan.FromSeconds(seconds));
        var step = Math.Max(1, seconds * 1_000_000_000L);
        foreach (var (time, isKept) in ((long, bool)[])[(from, true), (from - 1, false), (to - 1, true), (to, false)])
            Assert.Equal(isKept, window.Holds(SeriesAggregator.ToMicroseconds(time / step * step)));
    }

    private static async Task<ProtocolHost> StartAsync()
    {
        var host = await ProtocolHost.StartAsync();
        host.Names["n8n"] = Guid.NewGuid();
        return host;
    }

    private static void AssertNames(string text, string count, string ahead, string old)
    {
        Assert.Contains(count, text, StringComparison.Ordinal);
        Assert.Contains($"{ahead} of instance 'n8n' at {Show(Ahead)}: timestamp: more than 5 minutes ahead of the server's clock.", text, StringComparison.Ordinal);
        Assert.Contains($"{old} of instance 'n8n' at {Show(Old)}: points beyond retention policy (timestamp: older than raw samples are kept, which is since ", text, StringComparison.Ordinal);
        Assert.DoesNotContain("nobody", text, StringComparison.Ordinal);
    }

    private static string Show(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture);

    private static string Text(JsonElement answer)
    {
        if (answer.TryGetProperty("partialSuccess", out var partial))
            return $"{partial.GetProperty("rejectedDataPoints")} points: {partial.GetProperty("errorMessage")}";
        return answer.GetProperty(answer.TryGetProperty("error", out _) ? "error" : "message").GetString()!;
    }

    // ExportMetricsServiceResponse
    private static string Partial(byte[] message)
    {
        var response = new CodedInputStream(message);
        Assert.Equal(10u, response.ReadTag());
        var partial = response.ReadBytes().CreateCodedInput();
        Assert.Equal(8u, partial.ReadTag());
        var count = partial.ReadInt64();
        Assert.Equal(18u, partial.ReadTag());
        return $"{count} points: {partial.ReadString()}";
    }
}
