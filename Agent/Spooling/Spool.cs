using System.Runtime.InteropServices;
using System.Threading.Channels;

namespace LaunchStack.Agent.Spooling;

/// <summary>
/// Records that wait on disk, in order: appended at one end, read and acknowledged at the other. Append-only segment files of
/// bounded total size; when they are full the oldest goes. Survives the end of the process at any point: an append is one write,
/// followed by fsync, and a record cut short is recognised by its checksum and removed. May be used by several threads.
/// </summary>
internal sealed class Spool : IDisposable
{
    private readonly Lock _gate = new();
    private readonly string _directory;
    private readonly SpoolOptions _options;
    private readonly Action<SpoolLoss> _onLoss;
    private readonly List<SpoolSegment> _segments;
    private readonly SpoolCursor _cursor;
    private readonly Channel<bool> _appended = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private long _head;
    private long _headOffset;
    private long _next;

    private Spool(string directory, SpoolOptions options, Action<SpoolLoss> onLoss)
    {
        Directory.CreateDirectory(directory);
        (_directory, _options, _onLoss) = (directory, options, onLoss);
        _cursor = new SpoolCursor(directory);
        _segments = SpoolRecovery.OpenSegments(directory, onLoss);

        var first = _segments.Count > 0 ? _segments[0].First : 0;
        var cursor = _cursor.Read();
        // After a power failure the cursor may be ahead of the records: their numbers must not be given out again.
        _next = Math.Max(_segments.Count > 0 ? _segments[^1].Next : 0, cursor ?? 0);
        _head = Math.Max(first, cursor ?? first);
        DeleteAcknowledged();
        if (_segments.Count > 0 && _head > _segments[0].First)
            _headOffset = SpoolRecovery.OffsetOf(_segments[0], _head);
    }

    /// <summary>Records appended and not yet acknowledged.</summary>
    public long Waiting
    {
        get
        {
            lock (_gate)
                return CountWaiting();
        }
    }

    /// <summary>Bytes on disk, with those acknowledged in a segment that is not finished.</summary>
    public long Bytes
    {
        get
        {
            lock (_gate)
                return _segments.Sum(segment => segment.Bytes);
        }
    }

    /// <summary>Opens the spool in <paramref name="directory"/>, with what an earlier run left there.</summary>
    /// <param name="onLoss">Is told, under the spool's lock, of records that are lost.</param>
    public static Spool Open(string directory, SpoolOptions options, Action<SpoolLoss> onLoss) => new(directory, options, onLoss);

    /// <summary>Puts records behind the others; they are on disk when this returns.</summary>
    /// <exception cref="IOException">The disk refuses; some of the first may be written, none torn.</exception>
    public void Append(IReadOnlyList<ReadOnlyMemory<byte>> payloads)
    {
        lock (_gate)
        {
            var chunk = new List<byte>();
            for (var i = 0; i < payloads.Count;)
            {
                var segment = Active(RecordFormat.Size(payloads[i]));
                var count = 0;
                chunk.Clear();
                do
                {
                    RecordFormat.Write(chunk, payloads[i++].Span);
                    count++;
                }
                while (i < payloads.Count && segment.Bytes + chunk.Count + RecordFormat.Size(payloads[i]) <= _options.SegmentBytes);

                MakeRoom(chunk.Count);
                segment.Append(CollectionsMarshal.AsSpan(chunk), count, _options.Fsync);
                _next = segment.Next;
            }
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
            {
                var segment = _segments[i];
                var (from, offset) = i == 0 ? (_head, _headOffset) : (segment.First, 0L);
                var before = records.Count;
                records.AddRange(segment.Read(from, offset, segment.Bytes).Take(max - before));
                var read = records.Count - before;
                if (from + read < segment.Next && records.Count < max)
                {
                    // Damaged while we ran. What was read before it goes out first; then the segment is given up.
                    if (records.Count > 0)
                        break;
                    GiveUp(segment);
                    i--;
                }
            }

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
            (_head, _headOffset) = (record.Sequence + 1, record.End);
            DeleteAcknowledged();
            _cursor.Write(_head);
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
            _segments.ForEach(segment => segment.Flush());
            _cursor.Flush();
            _segments.ForEach(segment => segment.Dispose());
            _cursor.Dispose();
        }
    }

    private long CountWaiting() => _segments.Sum(segment => segment.Next - Math.Max(segment.First, Math.Min(_head, segment.Next)));

    private SpoolSegment Active(int size)
    {
        if (_segments is [.., var last] && !last.IsSealed && last.Next == _next
            && (last.Bytes == 0 || last.Bytes + size <= _options.SegmentBytes))
            return last;

        var segment = SpoolSegment.Create(_directory, _next);
        _segments.Add(segment);
        DeleteAcknowledged();
        return segment;
    }

    /// <summary>Drops the oldest segments until <paramref name="bytes"/> more fit; never the one being written.</summary>
    private void MakeRoom(int bytes)
    {
        while (_segments.Count > 1 && _segments.Sum(segment => segment.Bytes) + bytes > _options.MaxBytes)
            Drop(_segments[0], SpoolLossReason.Full);
    }

    private void GiveUp(SpoolSegment segment)
    {
        // Whatever is in it may be of use to a person; deleting it is theirs to do.
        if (File.Exists(segment.Path))
            File.Copy(segment.Path, segment.Path + ".corrupt", overwrite: true);
        Drop(segment, SpoolLossReason.Corrupt);
    }

    private void Drop(SpoolSegment segment, SpoolLossReason reason)
    {
        var lost = segment.Next - Math.Max(_head, segment.First);
        var bytes = segment.Bytes - _headOffset;
        (_head, _headOffset) = (segment.Next, 0);
        _segments.Remove(segment);
        segment.Delete();
        DeleteAcknowledged();
        _cursor.Write(_head);
        if (lost > 0)
            _onLoss(new(reason, lost, bytes));
    }

    /// <summary>Finished segments without a waiting record are deleted; the head moves over gaps to the first record there is.</summary>
    private void DeleteAcknowledged()
    {
        while (_segments.Count > 1 && _head >= _segments[0].Next)
        {
            _segments[0].Delete();
            _segments.RemoveAt(0);
        }

        if (_segments.Count > 0 && _head <= _segments[0].First)
            (_head, _headOffset) = (_segments[0].First, 0);
    }
}
