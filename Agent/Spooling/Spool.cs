using System.Runtime.InteropServices;
using System.Threading.Channels;
using LaunchStack.Agent.State;
using Microsoft.Extensions.Logging;

namespace LaunchStack.Agent.Spooling;

/// <summary>
/// Records that wait on disk, in order: appended at one end, read and acknowledged at the other. Append-only segment files of
/// bounded total size; when they or the disk are full the oldest goes. Survives the end of the process at any point: an append is
/// one write, followed by fsync, and a record cut short is recognised by its checksum and removed. While no disk takes them, the
/// newest records wait in memory. May be used by several threads.
/// </summary>
internal sealed partial class Spool : IDisposable
{
    /// <summary>Records held in memory while the disk refuses them; a day of one instance.</summary>
    internal const int MaxHeld = 10_000;

    // A full disk costs a segment at a time: a sixteenth of what there is room for, if that is less than the configured size.
    private const int SegmentsOfADisk = 16;
    private const int MinSegmentBytes = 4096;

    private readonly Lock _gate = new();
    private readonly string _directory;
    private readonly SpoolOptions _options;
    private readonly Action<SpoolLoss> _onLoss;
    private readonly ILogger _logger;
    private readonly SpoolDamage _damage;
    private readonly SpoolRecovery _recovery;
    private readonly SpoolCursor _cursor;
    private readonly List<SpoolSegment> _segments = [];
    private readonly List<ReadOnlyMemory<byte>> _held = [];
    private readonly Channel<bool> _appended = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private long _head;
    private long _headOffset;
    private long _next; // the sequence of the first record held, or else of the next one appended
    private long _nextNumber;

    private Spool(string directory, SpoolOptions options, Action<SpoolLoss> onLoss, ILogger logger)
    {
        (_directory, _options, _onLoss, _logger) = (directory, options, onLoss, logger);
        _damage = new(onLoss, logger);
        _recovery = new(directory, _damage, logger);
        _cursor = new(directory, logger);
        if (!_recovery.TryCreateDirectory())
            return;

        _segments = _recovery.OpenSegments(SegmentBytes);
        _nextNumber = _recovery.NextNumber;
        if (_segments.Count > 0)
            _next = _segments[^1].Next;
        if (_cursor.Read() is { } cursor)
            GoTo(cursor);
        DeleteAcknowledged();
        _cursor.Write(Position());
    }

    /// <summary>Records appended and not yet acknowledged.</summary>
    public long Waiting
    {
        get
        {
            lock (_gate)
                return _held.Count + _segments.Sum(segment => segment.Next - Math.Max(segment.First, Math.Min(_head, segment.Next)));
        }
    }

    /// <summary>Bytes on disk, with those acknowledged in a segment that is not finished.</summary>
    public long Bytes
    {
        get
        {
            lock (_gate)
                return BytesOnDisk();
        }
    }

    /// <summary>Opens the spool in <paramref name="directory"/>, with what an earlier run left there.</summary>
    /// <param name="onLoss">Is told, under the spool's lock, of records that are lost.</param>
    public static Spool Open(string directory, SpoolOptions options, Action<SpoolLoss> onLoss, ILogger logger) => new(directory, options, onLoss, logger);

    /// <summary>Puts records behind the others; they are on disk when this returns, or in memory if no disk takes them.</summary>
    public void Append(IReadOnlyList<ReadOnlyMemory<byte>> payloads)
    {
        if (payloads.Any(payload => payload.Length is 0 or > RecordFormat.MaxPayloadBytes))
            throw new ArgumentException($"A record has 1 to {RecordFormat.MaxPayloadBytes} bytes.", nameof(payloads));

        lock (_gate)
        {
            _held.AddRange(payloads);
            WriteHeld();
        }

        _appended.Writer.TryWrite(true);
    }

    /// <summary>The oldest records not acknowledged, at most <paramref name="max"/>; they stay where they are.</summary>
    public IReadOnlyList<SpoolRecord> Peek(int max)
    {
        lock (_gate)
        {
            var records = new List<SpoolRecord>();
            for (var i = 0; i < _segments.Count && records.Count < max; i++)
                Read(_segments[i], i == 0 ? _head : _segments[i].First, i == 0 ? _headOffset : 0, max, records);
            for (var i = 0; i < _held.Count && records.Count < max; i++)
                records.Add(new(_next + i, _held[i]));
            DeleteAcknowledged();
            return records;
        }
    }

    /// <summary>
    /// This record and all before it need not be kept. Harmless if it was dropped meanwhile: then it was counted as lost although
    /// it arrived.
    /// </summary>
    public void Acknowledge(SpoolRecord record)
    {
        lock (_gate)
        {
            if (record.Sequence < _head)
                return;

            _head = record.Sequence + 1;
            if (_head > _next)
            {
                // Delivered from memory: they need no disk any more.
                _held.RemoveRange(0, (int)(_head - _next));
                _next = _head;
            }

            DeleteAcknowledged();
            if (_segments is [var first, ..] && _head > first.First)
                _headOffset = record.End > 0 ? record.End : OffsetOf(first, _head);
            _cursor.Write(Position());
            if (_held.Count > 0)
                WriteHeld();
        }
    }

    /// <summary>Returns when a record waits.</summary>
    public async Task WaitAsync(CancellationToken cancellationToken)
    {
        while (Waiting == 0)
            await _appended.Reader.ReadAsync(cancellationToken);
    }

    public void Dispose()
    {
        lock (_gate)
        {
            if (_held.Count > 0)
                WriteHeld();
            if (_held.Count > 0)
                _onLoss(new(SpoolLossReason.Unwritten, _held.Count, _held.Sum(payload => RecordFormat.Size(payload))));
            _held.Clear();
            foreach (var segment in _segments)
            {
                if (!_options.Fsync)
                    segment.Flush();
                segment.Dispose();
            }

            _cursor.Dispose();
        }
    }

    private long SegmentBytes(long bytesOnDisk) =>
        Math.Min(_options.SegmentBytes, Math.Max((DiskSpace.Free(_directory) + bytesOnDisk) / SegmentsOfADisk ?? long.MaxValue, MinSegmentBytes));

    private long BytesOnDisk() => _segments.Sum(segment => segment.Bytes);

    private SpoolPosition Position() => _segments is [var first, ..] ? new(first.Number, _headOffset) : new(_nextNumber, 0);

    /// <summary>Begins where an earlier run stopped, if its cursor fits what lies there: in doubt it is sent again.</summary>
    private void GoTo(SpoolPosition cursor)
    {
        if (_segments.Count == 0)
            _nextNumber = Math.Max(_nextNumber, cursor.Segment + 1);
        if (_segments.FirstOrDefault(segment => segment.Number >= cursor.Segment) is not { } current)
            return;

        _head = current.First;
        if (current.Number != cursor.Segment)
            return;
        foreach (var record in current.Read(current.First, 0).TakeWhile(record => record.End <= cursor.Offset))
        {
            if (record.End == cursor.Offset)
                (_head, _headOffset) = (record.Sequence + 1, record.End);
        }
    }

    private void Read(SpoolSegment segment, long sequence, long offset, int max, List<SpoolRecord> records)
    {
        var (at, isDamaged) = (offset, false);
        foreach (var record in segment.Read(sequence, offset).Take(max - records.Count))
        {
            isDamaged |= IsNewGap(at, record.Start);
            at = record.End;
            records.Add(record);
        }

        // Damaged while we ran.
        if (isDamaged || (records.Count < max && IsNewGap(at, segment.Bytes)))
            _damage.Reexamine(segment, sequence, offset);

        bool IsNewGap(long from, long to) => from < to && !segment.KnownGaps.Contains(from);
    }

    private static long OffsetOf(SpoolSegment segment, long sequence) =>
        segment.Read(segment.First, 0).TakeWhile(record => record.Sequence < sequence).Select(record => record.End).LastOrDefault();

    /// <summary>Writes what is held, making room on a full disk by dropping the oldest; what no disk takes stays in memory.</summary>
    private void WriteHeld()
    {
        while (_held.Count > 0)
        {
            try
            {
                WriteSome();
            }
            catch (Exception failure) when (DiskFailure.Is(failure))
            {
                if (DiskFailure.IsFull(failure) && _segments is [{ Bytes: > 0 }, ..])
                {
                    Drop(SpoolLossReason.DiskFull);
                    continue;
                }

                LimitHeld();
                LogHeld(failure.Message, _held.Count);
                return;
            }
        }
    }

    private void WriteSome()
    {
        var segment = Active(RecordFormat.Size(_held[0]));
        var chunk = new List<byte>();
        var count = 0;
        do
            RecordFormat.Write(chunk, _held[count++].Span);
        while (count < _held.Count && segment.Bytes + chunk.Count + RecordFormat.Size(_held[count]) <= segment.MaxBytes);

        // Never the one being written.
        while (_segments.Count > 1 && BytesOnDisk() + chunk.Count > _options.MaxBytes)
            Drop(SpoolLossReason.Full);
        segment.Append(CollectionsMarshal.AsSpan(chunk), count, _options.Fsync);
        _held.RemoveRange(0, count);
        _next += count;
        _nextNumber += count;
    }

    private SpoolSegment Active(int size)
    {
        if (_segments is [.., var last] && !last.IsSealed && last.Next == _next && (last.Bytes == 0 || last.Bytes + size <= last.MaxBytes))
            return last;

        if (_segments is [.., { Bytes: 0 } unused])
        {
            // Its first record was dropped before any disk took it.
            _segments.Remove(unused);
            _recovery.Delete(unused);
        }

        while (Path.Exists(SpoolSegment.PathOf(_directory, _nextNumber)))
            _nextNumber++;
        var segment = SpoolSegment.Create(_directory, _nextNumber, _next, SegmentBytes(BytesOnDisk()));
        _segments.Add(segment);
        return segment;
    }

    private void LimitHeld()
    {
        var lost = _held.Count - MaxHeld;
        if (lost <= 0)
            return;
        _onLoss(new(SpoolLossReason.Unwritten, lost, _held.Take(lost).Sum(payload => RecordFormat.Size(payload))));
        _held.RemoveRange(0, lost);
        _next += lost;
        _nextNumber += lost;
    }

    private void Drop(SpoolLossReason reason)
    {
        var segment = _segments[0];
        var (lost, bytes) = (segment.Next - Math.Max(_head, segment.First), segment.Bytes - _headOffset);
        _head = Math.Max(_head, segment.Next);
        DeleteAcknowledged();
        _cursor.Write(Position());
        if (lost > 0)
            _onLoss(new(reason, lost, bytes));
    }

    /// <summary>Segments without a waiting record are deleted at once; the head moves over what is lost to the first record there is.</summary>
    private void DeleteAcknowledged()
    {
        while (_segments is [{ Bytes: > 0 } oldest, ..] && _head >= oldest.Next)
        {
            _segments.RemoveAt(0);
            _headOffset = 0;
            _recovery.Delete(oldest);
        }

        if (_segments is [var first, ..] && _head <= first.First)
            (_head, _headOffset) = (first.First, 0);
    }

    [LoggerMessage(EventName = "SamplesNotWritten", Level = LogLevel.Error, Message = "Samples could not be written to the spool ({Reason}): {Held} are held in memory")]
    private partial void LogHeld(string reason, int held);
}
