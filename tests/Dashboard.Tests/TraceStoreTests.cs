using Google.Protobuf;
using LaunchStack.Dashboard.Otlp;
using LaunchStack.Dashboard.Traces;
using Microsoft.Extensions.Options;
using OpenTelemetry.Proto.Trace.V1;

namespace LaunchStack.Dashboard.Tests;

public sealed class TraceStoreTests
{
    [Fact]
    public void The_oldest_traces_go_and_are_counted()
    {
        var store = Store(new() { MaxTraceCount = 3 });
        for (byte trace = 1; trace <= 5; trace++)
            Add(store, trace, 1);

        Assert.Equal(3, store.Held().Traces);
        Assert.Equal((5, 2), (store.Received, store.Dropped));
        Assert.Empty(store.Spans(Id(2)));
        Assert.Single(store.Spans(Id(3)));
    }

    [Fact]
    public void A_trace_that_never_ends_keeps_its_first_spans()
    {
        var store = Store(new() { MaxSpansPerTrace = 2 });
        for (byte span = 1; span <= 4; span++)
            Add(store, 1, span);

        Assert.Equal([1ul, 2ul], store.Spans(Id(1)).Select(s => s.SpanId & 0xff));
        Assert.Equal(2, store.Dropped);
    }

    [Fact]
    public void A_commit_is_reached_from_every_request_that_it_links_to()
    {
        var store = Store(new());
        Add(store, 1, 1);
        Add(store, 2, 1);
        Add(store, 3, 7, links: [1, 2]);

        Assert.Equal(Id(3), Assert.Single(store.LinksTo(Id(1))).TraceId);
        Assert.Equal(Id(3), Assert.Single(store.LinksTo(Id(2))).TraceId);
        Assert.Empty(store.LinksTo(Id(3)));
    }

    private static TraceStore Store(TelemetryLimits limits)
    {
        var options = Options.Create(new DashboardOptions { TelemetryLimits = limits });
        return new(new TelemetryResources(options, TimeProvider.System), options);
    }

    private static UInt128 Id(byte trace) => trace;

    private static ByteString Bytes(int length, byte last)
    {
        var bytes = new byte[length];
        bytes[^1] = last;
        return ByteString.CopyFrom(bytes);
    }

    private static void Add(TraceStore store, byte trace, byte span, params byte[] links)
    {
        var rejected = new Rejections();
        var sent = new Span { TraceId = Bytes(16, trace), SpanId = Bytes(8, span), Name = "x", StartTimeUnixNano = span, EndTimeUnixNano = span };
        sent.Links.AddRange(links.Select(l => new Span.Types.Link { TraceId = Bytes(16, l), SpanId = Bytes(8, 1) }));
        store.Add([new ResourceSpans { ScopeSpans = { new ScopeSpans { Spans = { sent } } } }], rejected);
        Assert.Equal(0, rejected.Count);
    }
}
