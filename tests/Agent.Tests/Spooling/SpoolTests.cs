using System.Text;
using LaunchStack.Agent.Spooling;
using LaunchStack.Agent.Tests.Support;

namespace LaunchStack.Agent.Tests.Spooling;

public sealed class SpoolTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly List<SpoolLoss> _losses = [];

    [Fact]
    public void A_new_spool_is_empty()
    {
        using var spool = Open();
        Assert.Equal(0, spool.Waiting);
        Assert.Empty(spool.Peek(10));
    }

    [Fact]
    public void Peeking_takes_nothing_away()
    {
        using var spool = Open();
        spool.Append(Payloads(0, 5));
        Assert.Equal(["0", "1"], Texts(spool.Peek(2)));
        Assert.Equal(["0", "1", "2", "3", "4"], Texts(spool.Peek(10)));
    }

    [Fact]
    public void Acknowledged_records_stay_gone_after_a_restart()
    {
        using (var spool = Open(segmentBytes: 30))
        {
            spool.Append(Payloads(0, 20));
            spool.Acknowledge(spool.Peek(11)[^1]);
        }

        using var again = Open(segmentBytes: 30);
        Assert.Equal("11", Texts(again.Peek(1)).Single());
        Assert.Equal(9, again.Waiting);
    }

    [Fact]
    public void Finished_segments_are_deleted()
    {
        using var spool = Open(segmentBytes: 30);
        spool.Append(Payloads(0, 100));
        Assert.True(Segments().Length > 20);
        spool.Acknowledge(spool.Peek(100)[^1]);
        Assert.Single(Segments());
    }

    [Fact]
    public void A_full_spool_drops_the_oldest_and_says_how_many()
    {
        using var spool = Open(segmentBytes: 100, maxBytes: 400);
        spool.Append(Payloads(100, 200));

        Assert.InRange(spool.Bytes, 300, 400);
        Assert.Equal("299", Texts(spool.Peek(1000))[^1]);
        Assert.Equal(200, spool.Waiting + _losses.Sum(loss => loss.Records));
        Assert.All(_losses, loss => Assert.Equal(SpoolLossReason.Full, loss.Reason));
    }

    [Fact]
    public void Acknowledging_what_was_dropped_meanwhile_is_harmless()
    {
        using var spool = Open(segmentBytes: 100, maxBytes: 400);
        spool.Append(Payloads(100, 5));
        var sent = spool.Peek(5);
        spool.Append(Payloads(105, 200));
        var oldest = Texts(spool.Peek(1));

        spool.Acknowledge(sent[^1]);

        Assert.Equal(oldest, Texts(spool.Peek(1)));
    }

    [Fact]
    public void A_record_cut_short_at_any_byte_is_removed_and_the_others_kept()
    {
        using (var spool = Open())
            spool.Append(Payloads(0, 3));
        var whole = File.ReadAllBytes(Segments().Single());
        var size = whole.Length / 3;

        for (var cut = 0; cut <= whole.Length; cut++)
        {
            File.WriteAllBytes(Segments().Single(), whole[..cut]);
            using var spool = Open();
            Assert.Equal(Enumerable.Range(0, cut / size).Select(n => $"{n}"), Texts(spool.Peek(10)));
            spool.Append(Payloads(9, 1));
            Assert.Equal("9", Texts(spool.Peek(10))[^1]);
        }
    }

    [Fact]
    public void Zeros_behind_the_last_record_are_no_records()
    {
        using (var spool = Open())
            spool.Append(Payloads(0, 2));
        using (var file = new FileStream(Segments().Single(), FileMode.Append))
            file.Write(new byte[4096]);

        using var again = Open();
        Assert.Equal(["0", "1"], Texts(again.Peek(10)));
        Assert.Equal(SpoolLossReason.Torn, Assert.Single(_losses).Reason);
    }

    [Fact]
    public void Damage_in_an_older_segment_costs_the_rest_of_that_segment_only()
    {
        using (var spool = Open(segmentBytes: 40))
            spool.Append(Payloads(10, 12));
        var damaged = Segments()[1];
        var bytes = File.ReadAllBytes(damaged);
        bytes[^1] ^= 0xff;
        File.WriteAllBytes(damaged, bytes);

        using var again = Open(segmentBytes: 40);
        Assert.Equal(11, again.Peek(20).Count);
        Assert.Equal(new SpoolLoss(SpoolLossReason.Corrupt, 1, 10), Assert.Single(_losses));
        Assert.True(File.Exists(damaged + ".corrupt"));
    }

    [Fact]
    public void Damage_while_running_does_not_stop_the_spool()
    {
        using var spool = Open(segmentBytes: 40);
        spool.Append(Payloads(10, 12));
        using (var file = new FileStream(Segments()[0], FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete))
        {
            file.Position = 10 + 8;
            file.WriteByte((byte)'x');
        }

        var first = spool.Peek(20);
        Assert.Equal(["10"], Texts(first));
        spool.Acknowledge(first[^1]);
        Assert.Equal("14", Texts(spool.Peek(20))[0]);
        Assert.Equal(3, Assert.Single(_losses).Records);
    }

    [Theory]
    [InlineData(65_536 - RecordFormat.HeaderBytes)]
    [InlineData(65_537)]
    [InlineData(300_000)]
    [InlineData(RecordFormat.MaxPayloadBytes)]
    public void Records_of_any_length_are_read_back(int length)
    {
        using (var spool = Open(segmentBytes: 4 << 20, maxBytes: 64 << 20))
            spool.Append([new byte[1], new byte[length], new byte[2], new byte[length]]);
        using var again = Open(segmentBytes: 4 << 20, maxBytes: 64 << 20);
        Assert.Equal([1, length, 2, length], again.Peek(10).Select(record => record.Payload.Length));
    }

    [Fact]
    public void A_lost_cursor_means_sending_again_never_losing()
    {
        using (var spool = Open())
        {
            spool.Append(Payloads(0, 4));
            spool.Acknowledge(spool.Peek(2)[^1]);
        }

        File.WriteAllBytes(_directory.File("cursor"), [1, 2, 3]);
        using var again = Open();
        Assert.Equal(["0", "1", "2", "3"], Texts(again.Peek(10)));
    }

    [Fact]
    public void Numbers_are_not_given_out_again_when_the_records_are_gone_but_the_cursor_is_not()
    {
        using (var spool = Open())
        {
            spool.Append(Payloads(0, 4));
            spool.Acknowledge(spool.Peek(4)[^1]);
        }

        File.Delete(Segments().Single());
        using (var spool = Open())
        {
            spool.Append(Payloads(4, 1));
            Assert.Equal(1, spool.Waiting);
        }

        using var again = Open();
        Assert.Equal(["4"], Texts(again.Peek(10)));
    }

    [Fact]
    public async Task Waiting_ends_when_a_record_is_appended()
    {
        using var spool = Open();
        var waiting = spool.WaitAsync(TestContext.Current.CancellationToken);
        Assert.False(waiting.IsCompleted);
        spool.Append(Payloads(0, 1));
        await waiting;
    }

    public void Dispose() => _directory.Dispose();

    private static ReadOnlyMemory<byte>[] Payloads(int first, int count) =>
        Enumerable.Range(first, count).Select(n => (ReadOnlyMemory<byte>)Encoding.ASCII.GetBytes($"{n}")).ToArray();

    private static string[] Texts(IEnumerable<SpoolRecord> records) =>
        records.Select(record => Encoding.ASCII.GetString(record.Payload.Span)).ToArray();

    private string[] Segments() => [.. Directory.GetFiles(_directory.Path, "*.seg").Order(StringComparer.Ordinal)];

    private Spool Open(int segmentBytes = 4096, long maxBytes = 1 << 20) =>
        Spool.Open(_directory.Path, new SpoolOptions { SegmentBytes = segmentBytes, MaxBytes = maxBytes, Fsync = false }, _losses.Add);
}
