using System.Text;
using LaunchStack.Agent.Spooling;
using LaunchStack.Agent.Tests.Support;

namespace LaunchStack.Agent.Tests.Spooling;

public sealed class SpoolTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly List<SpoolLoss> _losses = [];
    private readonly SentLog _log = new();

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
    public void Delivered_segments_are_deleted_at_once_and_the_one_being_written_too()
    {
        using var spool = Open(segmentBytes: 30);
        spool.Append(Payloads(0, 100));
        Assert.True(Segments().Length > 20);
        spool.Acknowledge(spool.Peek(100)[^1]);
        Assert.Empty(Segments());
        Assert.Equal(0, spool.Bytes);
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
    public void Damage_costs_the_damaged_records_only_and_is_kept()
    {
        using (var spool = Open())
            spool.Append(Payloads(10, 12));
        Damage(Segments().Single(), (5 * 10) + 9);

        using (var again = Open())
        {
            Assert.Equal(Enumerable.Range(10, 12).Where(n => n != 15).Select(n => $"{n}"), Texts(again.Peek(20)));
            Assert.Equal(11, again.Waiting);
        }

        Assert.Equal(new SpoolLoss(SpoolLossReason.Corrupt, 1, 10), Assert.Single(_losses));
        Assert.Equal(10, new FileInfo(Segments().Single() + ".corrupt").Length);
    }

    [Fact]
    public void Damage_is_reported_once_however_often_the_agent_starts()
    {
        using (var spool = Open())
            spool.Append(Payloads(10, 12));
        Damage(Segments().Single(), 9);
        for (var start = 0; start < 3; start++)
        {
            using var again = Open();
            Assert.Equal(11, again.Peek(20).Count);
        }

        Assert.Single(_losses);
        Damage(Segments().Single(), 19);
        using (var again = Open())
            Assert.Equal(10, again.Peek(20).Count);
        Assert.Equal(2, _losses.Count);
    }

    [Theory]
    [InlineData(0, 1)] // its length, which is then too long
    [InlineData(1, 1)]
    [InlineData(3, 1)]
    [InlineData(4, 1)] // its checksum
    [InlineData(9, 1)]
    [InlineData(110, 1)] // the last record's length
    [InlineData(119, 1)] // its payload
    public void One_changed_byte_costs_one_record_wherever_it_is(int place, int lost)
    {
        using (var spool = Open())
            spool.Append(Payloads(10, 12));
        Damage(Segments().Single(), place);

        using var again = Open();
        Assert.Equal(12 - lost, again.Peek(20).Count);
        Assert.Equal(lost, Assert.Single(_losses, loss => loss.Reason == SpoolLossReason.Corrupt).Records);
        again.Append(Payloads(99, 1));
        Assert.Equal("99", Texts(again.Peek(20))[^1]);
    }

    [Fact]
    public void A_block_of_zeros_costs_the_records_in_it()
    {
        using (var spool = Open())
            spool.Append(Payloads(100, 100));
        var bytes = File.ReadAllBytes(Segments().Single());
        bytes.AsSpan(200, 300).Clear();
        File.WriteAllBytes(Segments().Single(), bytes);

        using var again = Open();
        var kept = again.Peek(200).Count;
        Assert.InRange(kept, 100 - 29, 100 - 28);
        Assert.Equal(100 - kept, Assert.Single(_losses).Records);
    }

    [Fact]
    public void A_cut_write_behind_a_damaged_record_is_cut_off_and_the_damage_kept()
    {
        using (var spool = Open())
            spool.Append(Payloads(10, 3));
        Damage(Segments().Single(), 29);
        using (var file = new FileStream(Segments().Single(), FileMode.Append))
            file.Write([2, 0, 0, 0, 1, 2]);

        using var again = Open();
        Assert.Equal(["10", "11"], Texts(again.Peek(20)));
        Assert.Equal([new(SpoolLossReason.Torn, 0, 6), new(SpoolLossReason.Corrupt, 1, 10)], _losses);
        again.Append(Payloads(13, 1));
        Assert.Equal(["10", "11", "13"], Texts(again.Peek(20)));
    }

    [Fact]
    public void Damage_while_running_costs_the_damaged_records_only()
    {
        using var spool = Open(segmentBytes: 40);
        spool.Append(Payloads(10, 12));
        Damage(Segments()[0], 10 + 8);
        Damage(Segments()[2], 39);

        var read = spool.Peek(20);

        Assert.Equal(Enumerable.Range(10, 12).Except([11, 21]).Select(n => $"{n}"), Texts(read));
        Assert.Equal(10, spool.Waiting);
        Assert.Equal([1L, 1], _losses.Select(loss => loss.Records));
        spool.Acknowledge(read[2]);
        Assert.Equal("14", Texts(spool.Peek(20))[0]);
        spool.Acknowledge(spool.Peek(20)[^1]);
        Assert.Equal(0, spool.Waiting);
    }

    [Fact]
    public void A_file_cut_by_somebody_while_running_is_noticed()
    {
        using var spool = Open();
        spool.Append(Payloads(10, 12));
        using (var file = new FileStream(Segments().Single(), FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete))
            file.SetLength(25);

        Assert.Equal(["10", "11"], Texts(spool.Peek(20)));
        Assert.Equal(10, Assert.Single(_losses).Records);
        spool.Append(Payloads(99, 1));
        Assert.Equal(["10", "11", "99"], Texts(spool.Peek(20)));
        Assert.Equal(3, spool.Waiting);
    }

    [Fact]
    public void What_is_no_segment_is_named_and_left_alone()
    {
        using (var spool = Open())
            spool.Append(Payloads(0, 2));
        string[] names = ["notes.seg", "5.seg", "-000000000000000005.seg", "9999999999999999999.seg", "99999999999999999999999.seg", ".seg"];
        foreach (var name in names)
            File.WriteAllText(_directory.File(name), "stray");
        Directory.CreateDirectory(_directory.File("0000000000000000007.seg"));

        using var again = Open();

        Assert.Equal(["0", "1"], Texts(again.Peek(10)));
        foreach (var name in names)
        {
            Assert.True(File.Exists(_directory.File(name)));
            Assert.Contains(_log.Lines, line => line.Event == "SpoolFileForeign" && line.Text.Contains($"/{name} ", StringComparison.Ordinal));
        }

        Assert.True(Directory.Exists(_directory.File("0000000000000000007.seg.corrupt")));
        again.Append(Payloads(2, 1));
        Assert.Equal(["0", "1", "2"], Texts(again.Peek(10)));
    }

    [Fact]
    public void A_segment_of_somebody_elses_bytes_is_set_aside()
    {
        using (var spool = Open())
            spool.Append(Payloads(0, 2));
        File.WriteAllText(_directory.File("0000000000000000001.seg"), "no record at all, only text");
        File.WriteAllText(_directory.File("4000000000000000000.seg"), "");

        using var again = Open();
        again.Append(Payloads(2, 1));

        Assert.Equal(["0", "1", "2"], Texts(again.Peek(10)));
        Assert.Equal("no record at all, only text", File.ReadAllText(_directory.File("0000000000000000001.seg.corrupt")));
    }

    [Theory]
    [InlineData("cursor")]
    [InlineData("")]
    public void A_directory_for_a_file_and_a_file_for_a_directory_are_moved_away(string name)
    {
        using (var spool = Open())
            spool.Append(Payloads(0, 2));
        var path = Path.Combine(_directory.Path, name);
        if (name.Length > 0)
        {
            File.Delete(path);
            Directory.CreateDirectory(path);
        }
        else
        {
            Directory.Delete(path, recursive: true);
            File.WriteAllText(path, "a file");
        }

        using (var spool = Open())
        {
            spool.Append(Payloads(2, 1));
            spool.Acknowledge(spool.Peek(1)[0]);
        }

        using var again = Open();
        Assert.Equal(name.Length > 0 ? ["1", "2"] : [], Texts(again.Peek(10)));
        Assert.Contains(_log.Lines, line => line.Event == "StateFileMoved");
        if (name.Length == 0)
            File.Delete(path + ".corrupt");
    }

    [Fact]
    public void A_cursor_that_fits_nothing_means_sending_again()
    {
        using (var spool = Open())
        {
            spool.Append(Payloads(0, 4));
            spool.Acknowledge(spool.Peek(2)[^1]);
            using var cursor = new SpoolCursor(_directory.Path, _log);
            cursor.Write(new(SpoolRecovery.MaxNumber, 5));
        }

        using var again = Open();
        Assert.Equal(["0", "1", "2", "3"], Texts(again.Peek(10)));
    }

    [Fact]
    public void A_full_disk_costs_the_oldest_and_takes_the_newest()
    {
        using var disk = SmallDisk.OrSkip(bytes: 256 << 10);
        using var spool = Spool.Open(disk.File("spool"), new SpoolOptions { Fsync = false }, _losses.Add, _log);
        for (var round = 0; round < 200; round++)
            spool.Append(Large(round, 20));

        var numbers = spool.Peek(10_000).Select(record => BitConverter.ToInt32(record.Payload.Span)).ToArray();
        Assert.Equal(199, numbers[^1]);
        Assert.InRange(numbers.Length, 500, 1100);
        Assert.Equal(200 * 20, spool.Waiting + _losses.Sum(loss => loss.Records));
        Assert.All(_losses, loss => Assert.Equal(SpoolLossReason.DiskFull, loss.Reason));
        Assert.DoesNotContain(_log.Lines, line => line.Event == "SamplesNotWritten");
        // A part of what is there at a time, not all of it.
        Assert.All(_losses, loss => Assert.InRange(loss.Records, 1, 120));
    }

    [Fact]
    public void What_no_disk_takes_waits_in_memory_and_is_delivered_from_there()
    {
        using var disk = SmallDisk.OrSkip(bytes: 128 << 10);
        using var spool = Spool.Open(disk.File("spool"), new SpoolOptions { Fsync = false }, _losses.Add, _log);
        var filled = disk.Fill();
        spool.Append(Large(0, 20));
        spool.Append(Large(1, 20));
        Assert.Equal(40, spool.Waiting);
        Assert.Equal(0, spool.Bytes);

        var sent = spool.Peek(30);
        File.Delete(filled);
        spool.Append(Large(2, 20));
        Assert.True(spool.Bytes > 0);
        spool.Acknowledge(sent[^1]);

        Assert.Equal([.. Enumerable.Repeat(1, 10), .. Enumerable.Repeat(2, 20)], spool.Peek(100).Select(record => BitConverter.ToInt32(record.Payload.Span)));
        Assert.Equal(30, spool.Waiting);
        Assert.Empty(_losses);

        disk.Fill();
        spool.Append(Large(3, 20));
        spool.Acknowledge(spool.Peek(100)[^1]);
        Assert.Equal(0, spool.Waiting);
        Assert.Equal(spool.Waiting, spool.Bytes);
    }

    [Fact]
    public void Memory_is_bounded_too_and_what_it_loses_is_counted()
    {
        using var disk = SmallDisk.OrSkip(bytes: 128 << 10);
        using (var spool = Spool.Open(disk.File("spool"), new SpoolOptions { Fsync = false }, _losses.Add, _log))
        {
            disk.Fill();
            spool.Append(Large(0, 6000));
            var sent = spool.Peek(10);
            spool.Append(Large(1, 6000));
            Assert.Equal(Spool.MaxHeld, spool.Waiting);
            Assert.Equal(2000, _losses.Sum(loss => loss.Records));
            spool.Acknowledge(sent[^1]);
            Assert.Equal(Spool.MaxHeld, spool.Waiting);
        }

        Assert.Equal(12_000, _losses.Sum(loss => loss.Records));
        Assert.All(_losses, loss => Assert.Equal(SpoolLossReason.Unwritten, loss.Reason));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(300)]
    [InlineData(RecordFormat.MaxPayloadBytes - 1)]
    [InlineData(RecordFormat.MaxPayloadBytes)]
    public void Records_of_any_length_are_read_back(int length)
    {
        using (var spool = Open(segmentBytes: 1 << 20))
            spool.Append(Enumerable.Range(0, 40).Select(n => (ReadOnlyMemory<byte>)new byte[n % 2 == 0 ? length : 2]).ToArray());
        using var again = Open(segmentBytes: 1 << 20);
        Assert.Equal(Enumerable.Range(0, 40).Select(n => n % 2 == 0 ? length : 2), again.Peek(100).Select(record => record.Payload.Length));
    }

    [Fact]
    public void A_record_too_long_is_refused_before_any_is_taken()
    {
        using var spool = Open();
        Assert.Throws<ArgumentException>(() => spool.Append([new byte[1], new byte[RecordFormat.MaxPayloadBytes + 1]]));
        Assert.Equal(0, spool.Waiting);
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
            spool.Acknowledge(spool.Peek(3)[^1]);
        }

        File.Delete(Segments().Single());
        for (var n = 4; n < 7; n++)
        {
            using var spool = Open();
            spool.Append(Payloads(n, 1));
            Assert.Equal(n - 3, spool.Waiting);
        }

        using var again = Open();
        Assert.Equal(["4", "5", "6"], Texts(again.Peek(10)));
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

    private static ReadOnlyMemory<byte>[] Large(int number, int count)
    {
        var payload = new byte[240];
        BitConverter.TryWriteBytes(payload, number);
        return Enumerable.Repeat((ReadOnlyMemory<byte>)payload, count).ToArray();
    }

    private static void Damage(string segment, int place)
    {
        using var file = new FileStream(segment, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        file.Position = place;
        var old = file.ReadByte();
        file.Position = place;
        file.WriteByte((byte)(old ^ 0x10));
    }

    private string[] Segments() => [.. Directory.GetFiles(_directory.Path, "*.seg").Order(StringComparer.Ordinal)];

    private Spool Open(int segmentBytes = 4096, long maxBytes = 1 << 20) =>
        Spool.Open(_directory.Path, new SpoolOptions { SegmentBytes = segmentBytes, MaxBytes = maxBytes, Fsync = false }, _losses.Add, _log);
}
