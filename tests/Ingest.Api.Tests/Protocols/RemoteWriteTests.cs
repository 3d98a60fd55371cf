using System.Buffers;
using CsCheck;
using LaunchStack.Ingest.Api.Protocols;
using LaunchStack.Ingest.Api.Protocols.Prometheus;
using LaunchStack.ServiceDefaults.Problems;
using Snappier;
using static LaunchStack.Ingest.Api.Tests.Protocols.RemoteWriteBodies;

namespace LaunchStack.Ingest.Api.Tests.Protocols;

public class RemoteWriteTests
{
    private static readonly byte[] One = Version1((Labels("up", ("job", "a")), [(1.5, 1000), (2, 2000)]), (Labels("down"), [(3, -1)]));
    private static readonly byte[] Two = Version2((Labels("up", ("job", "a")), [(1.5, 1000), (2, 2000)]), (Labels("down"), [(3, -1)]));
    private static readonly string[] Expected =
        ["up{job=\"a\"} 1.5 @1000000000", "up{job=\"a\"} 2 @2000000000", "down 3 @-1000000"];

    [Fact]
    public void Version_1_is_read()
    {
        var batch = new RecordingBatch();
        Assert.Equal(3, RemoteWriteReader.Read(One, batch).Samples);
        Assert.Equal(Expected, batch.Read);
    }

    [Fact]
    public void Version_2_is_read()
    {
        var batch = new RecordingBatch();
        Assert.Equal(3, new RemoteWrite2Reader(Two, batch).Read().Samples);
        Assert.Equal(Expected, batch.Read);
    }

    [Fact]
    public void Stale_markers_end_a_series_and_other_nans_do_not()
    {
        var body = Version1((Labels("up"), [(BitConverter.Int64BitsToDouble(StaleMarker), 1), (double.NaN, 2)]));
        var batch = new RecordingBatch();
        var counts = RemoteWriteReader.Read(body, batch);
        Assert.Equal((1, 1), (counts.Samples, counts.Stale));
        Assert.Equal(["up ends @1000000", "up NaN @2000000"], batch.Read);
    }

    [Fact]
    public void Labels_that_run_into_each_other_are_different_series()
    {
        var batch = new RecordingBatch();
        RemoteWriteReader.Read(Version1((Labels("m", ("a", "bc")), [(1, 1)]), (Labels("m", ("ab", "c")), [(1, 1)])), batch);
        Assert.Equal(2, batch.Defined);
    }

    [Fact]
    public void A_series_without_a_name_costs_only_itself()
    {
        ((string, string)[], (double, long)[])[] series = [([("a", "b")], [(1, 1), (2, 2)]), (Labels("up"), [(3, 3)])];
        foreach (var read in (Func<RecordingBatch, int>[])[batch => RemoteWriteReader.Read(Version1(series), batch).Samples, batch => new RemoteWrite2Reader(Version2(series), batch).Read().Samples])
        {
            var batch = new RecordingBatch();
            Assert.Equal(3, read(batch));
            Assert.Equal(["up 3 @3000000"], batch.Read);
            Assert.Equal(2, batch.Refused);
            Assert.Equal("{a=\"b\"} at 1970-01-01T00:00:00.001000Z: A series has no label __name__.", Assert.Single(batch.Refusals));
        }
    }

    [Fact]
    public void A_snappy_body_ends_where_its_last_element_does() =>
        Gen.Select(Gen.Byte[0, 3].Array[0, 100_000], Gen.Byte.Array[0, 300], Gen.Byte.Array[1, 10]).Sample((repetitive, random, rest) =>
        {
            byte[] text = [.. repetitive, .. random, .. repetitive];
            var body = Snappy.CompressToArray(text);
            Assert.Equal(text, SnappyBody.Decompress(body, 1_000_000, ArrayPool<byte>.Shared, out var length)[..length]);
            Assert.Throws<RequestException>(() => SnappyBody.Decompress([.. body, .. rest], 1_000_000, ArrayPool<byte>.Shared, out _));
        }, iter: 100);

    [Fact]
    public void A_request_of_the_other_version_is_refused_by_its_name()
    {
        Assert.Contains("io.prometheus.write.v2.Request", Assert.Throws<RequestException>(() => RemoteWriteReader.Read(Two, new RecordingBatch())).Message, StringComparison.Ordinal);
        Assert.Contains("prometheus.WriteRequest", Assert.Throws<RequestException>(() => new RemoteWrite2Reader(One, new RecordingBatch()).Read()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_series_with_a_label_twice_costs_only_itself()
    {
        ((string, string)[], (double, long)[])[] series =
        [
            ([("__name__", "up"), ("__name__", "down")], [(1, 1)]), (Labels("up", ("a", "1"), ("a", "2")), [(2, 2)]), (Labels("up", ("", ""), ("a", ""), ("a", "1")), [(3, 3)]), (Labels("up", ("", "x")), [(4, 4)]),
        ];
        foreach (var batch in Both(series))
        {
            Assert.Equal(["up{a=\"1\"} 3 @3000000"], batch.Read);
            Assert.Equal(3, batch.Refused);
            Assert.Contains("up{=\"x\"} at 1970-01-01T00:00:00.004000Z: A series has a label without a name.", batch.Refusals);
            Assert.Contains(batch.Refusals, refusal => refusal.Contains("__name__ twice", StringComparison.Ordinal));
        }
    }

    [Fact]
    public void The_end_and_the_histograms_of_a_series_that_is_refused_are_refused_too()
    {
        foreach (var batch in Both(([("a", "b")], [(BitConverter.Int64BitsToDouble(StaleMarker), 1)])))
            Assert.Equal((1, 0), (batch.Refused, batch.Read.Count));

        var histogram = Message(request => Field(request, 1, series =>
        {
            Field(series, 1, label => Text(label, 1, "a"));
            Field(series, 4, one => one.WriteRawTag(8, 1));
        }));
        var nameless = new RecordingBatch();
        var counts = RemoteWriteReader.Read(histogram, nameless);
        Assert.Equal((1, 1, 0), (nameless.Refused, counts.Samples, counts.Histograms));
    }

    private static RecordingBatch[] Both(params ((string, string)[], (double, long)[])[] series)
    {
        var (first, second) = (new RecordingBatch(), new RecordingBatch());
        RemoteWriteReader.Read(Version1(series), first);
        new RemoteWrite2Reader(Version2(series), second).Read();
        return [first, second];
    }

    [Fact]
    public void Labels_that_are_too_long_cost_only_their_series()
    {
        ((string, string)[], (double, long)[])[] series = [(Labels("a", ("l", new string('x', 70_000))), [(1, 1)]), (Labels("up"), [(3, 3)])];
        var (first, second) = (new RecordingBatch(), new RecordingBatch());
        RemoteWriteReader.Read(Version1(series), first);
        new RemoteWrite2Reader(Version2(series), second).Read();
        Assert.Equal("up 3 @3000000", first.Read[1]);
        Assert.Equal(["a too long 1 @1000000", "up 3 @3000000"], second.Read);
    }

    [Theory]
    [InlineData("symbol", new uint[] { 1, 9 })]
    [InlineData("symbol", new uint[] { 9, 1, 1 })]
    [InlineData("pairs", new uint[] { 1, 2, 1 })]
    public void References_that_lead_nowhere_cost_only_their_series(string reason, uint[] wrong)
    {
        var body = Message(request =>
        {
            foreach (var symbol in (string[])["", "__name__", "up"])
                Text(request, 4, symbol);
            foreach (var references in (uint[][])[wrong, [1, 2]])
            {
                Field(request, 5, series =>
                {
                    Field(series, 1, refs => Array.ForEach(references, refs.WriteUInt32));
                    Field(series, 2, sample => sample.WriteRawTag(16, 1));
                });
            }
        });
        var batch = new RecordingBatch();
        new RemoteWrite2Reader(body, batch).Read();
        Assert.Equal(["up 0 @1000000"], batch.Read);
        Assert.Contains(reason, Assert.Single(batch.Refusals), StringComparison.Ordinal);
        Assert.StartsWith("timeseries[0] at 1970-01-01T00:00:00", batch.Refusals.Single(), StringComparison.Ordinal);
    }

    [Fact]
    public void Many_references_to_one_long_symbol_take_no_memory()
    {
        var body = Message(request =>
        {
            Text(request, 4, "");
            Text(request, 4, new string('x', 60_000));
            Field(request, 5, series => Field(series, 1, refs =>
            {
                for (var i = 0; i < 2_000; i++)
                    refs.WriteUInt32(1);
            }));
        });
        var batch = new RecordingBatch();
        var before = GC.GetAllocatedBytesForCurrentThread();
        new RemoteWrite2Reader(body, batch).Read();
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1_000_000);
        Assert.Equal(0, batch.Defined);
    }

    [Fact]
    public void Labels_without_end_take_no_memory()
    {
        var body = Message(request => Field(request, 1, series =>
        {
            for (var i = 0; i < 200_000; i++)
                Field(series, 1, _ => { });
        }));
        var batch = new RecordingBatch();
        var before = GC.GetAllocatedBytesForCurrentThread();
        RemoteWriteReader.Read(body, batch);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1_000_000);
        Assert.Equal(0, batch.Defined);
    }

    [Fact]
    public void Truncated_and_changed_bodies_are_read_or_refused() =>
        Gen.Select(Gen.Bool, Gen.Int[0, 200], Gen.Int[0, 200], Gen.Byte, Gen.Byte.Array[0, 60]).Sample(
            (second, cut, at, with, random) =>
            {
                var body = (second ? Two : One).ToArray();
                body[at % body.Length] = with;
                foreach (var bytes in (byte[][])[body[..(cut % body.Length)], body, random])
                {
                    try
                    {
                        if (second)
                            new RemoteWrite2Reader(bytes, new RecordingBatch()).Read();
                        else
                            RemoteWriteReader.Read(bytes, new RecordingBatch());
                    }
                    catch (RequestException exception)
                    {
                        Assert.Equal(400, exception.Status);
                    }
                }
            },
            iter: 5_000, threads: 1);

    [Fact]
    public void Snappy_is_decompressed()
    {
        var buffer = SnappyBody.Decompress(Snappy.CompressToArray(One), 1_000, ArrayPool<byte>.Shared, out var length);
        Assert.Equal(One, buffer[..length]);
    }

    [Fact]
    public void A_length_beyond_the_limit_is_refused_by_its_announcement() =>
        Assert.Equal(413, Assert.Throws<RequestException>(
            () => SnappyBody.Decompress([0xFF, 0xFF, 0xFF, 0xFF, 0x07, 0], 1_000_000, new NoPool(), out _)).Status);

    [Fact]
    public void A_length_that_the_body_cannot_make_is_refused_before_memory_is_taken() =>
        Assert.Equal(400, Assert.Throws<RequestException>(
            () => SnappyBody.Decompress([0xC0, 0x84, 0x3D, 0], 64_000_000, new NoPool(), out _)).Status);

    [Fact]
    public void Broken_snappy_is_refused() =>
        Gen.Select(Gen.Int[0, 500], Gen.Int[0, 500], Gen.Byte, Gen.Byte.Array[0, 60]).Sample(
            (cut, at, with, random) =>
            {
                var body = Snappy.CompressToArray([.. One, .. One]);
                var changed = body.ToArray();
                changed[at % body.Length] = with;
                foreach (var bytes in (byte[][])[body[..(cut % body.Length)], changed, random])
                {
                    try
                    {
                        SnappyBody.Decompress(bytes, 100_000, ArrayPool<byte>.Shared, out _);
                    }
                    catch (RequestException exception)
                    {
                        Assert.True(exception.Status is 400 or 413);
                    }
                }
            },
            iter: 5_000, threads: 1);

    private sealed class NoPool : ArrayPool<byte>
    {
        public override byte[] Rent(int minimumLength) => throw new InvalidOperationException("Memory was taken.");

        public override void Return(byte[] array, bool clearArray = false)
        {
        }
    }
}
