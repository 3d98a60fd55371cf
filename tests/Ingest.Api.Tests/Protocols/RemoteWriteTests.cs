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
    public void A_series_without_a_name_is_refused() =>
        Assert.Contains(
            "__name__",
            Assert.Throws<RequestException>(() => { RemoteWriteReader.Read(Version1(([("a", "b")], [(1, 1)])), new RecordingBatch()); }).Message,
            StringComparison.Ordinal);

    [Fact]
    public void A_symbol_that_is_not_there_is_refused()
    {
        var body = Message(request => Field(request, 5, series => Field(series, 1, refs =>
        {
            refs.WriteUInt32(1);
            refs.WriteUInt32(2);
        })));
        Assert.Throws<RequestException>(() => { new RemoteWrite2Reader(body, new RecordingBatch()).Read(); });
    }

    [Fact]
    public void Many_references_to_one_long_symbol_are_refused_before_memory_is_taken()
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
        Assert.Throws<RequestException>(() => { new RemoteWrite2Reader(body, new RecordingBatch()).Read(); });
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
                        RemoteWriteReader.Read(bytes, new RecordingBatch());
                        new RemoteWrite2Reader(bytes, new RecordingBatch()).Read();
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
