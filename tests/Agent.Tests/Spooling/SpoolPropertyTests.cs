using System.Buffers.Binary;
using CsCheck;
using LaunchStack.Agent.Spooling;
using LaunchStack.Agent.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;

namespace LaunchStack.Agent.Tests.Spooling;

/// <summary>Any sequence of appends, acknowledgements, restarts and kills: order stays, and nothing unacknowledged is lost unsaid.</summary>
public class SpoolPropertyTests
{
    private enum Kind
    {
        Append,
        Acknowledge,
        Restart,
        Kill,
        KillWhileWriting,
    }

    // The ordinary ones twice, so that they are more frequent.
    private static readonly Kind[] Kinds =
        [Kind.Append, Kind.Append, Kind.Acknowledge, Kind.Acknowledge, Kind.Restart, Kind.Kill, Kind.KillWhileWriting];

    private static readonly Gen<(Kind Kind, int Amount)[]> Steps = Gen.Select(
        Gen.Int[0, Kinds.Length - 1].Select(i => Kinds[i]),
        Gen.Int[1, 25]).Array[0, 40];

    [Fact]
    public void Nothing_is_lost_or_reordered_whatever_happens_when() => Steps.Sample(
        steps =>
        {
            using var run = new Run(segmentBytes: 200, maxBytes: 1 << 20);
            foreach (var (kind, amount) in steps)
            {
                run.Do(kind, amount);
                Assert.Equal(run.Unacknowledged, run.Read());
                Assert.Equal(run.Unacknowledged.Count, run.Spool.Waiting);
            }

            Assert.DoesNotContain(run.Losses, loss => loss.Reason != SpoolLossReason.Torn);
        },
        iter: 300);

    [Fact]
    public void A_bounded_spool_keeps_the_newest_and_accounts_for_the_rest() => Steps.Sample(
        steps =>
        {
            using var run = new Run(segmentBytes: 200, maxBytes: 800);
            foreach (var (kind, amount) in steps)
            {
                run.Do(kind, amount);
                var kept = run.Read();
                Assert.Equal(run.Unacknowledged.TakeLast(kept.Count), kept);
                Assert.Equal(run.Unacknowledged.Count, kept.Count + run.Losses.Sum(loss => loss.Records));
                Assert.True(run.Spool.Bytes <= 800);
                run.ForgetLosses(kept);
            }
        },
        iter: 300);

    [Fact]
    public void Any_changed_byte_is_noticed() => Gen.Select(Gen.Byte.Array[1, 300], Gen.Int[0, 10_000], Gen.Byte[1, 255]).Sample(
        (payload, place, change) =>
        {
            var bytes = new List<byte>();
            RecordFormat.Write(bytes, payload);
            Assert.Equal(payload, RecordFormat.Read(bytes.ToArray())!.Value.ToArray());
            bytes[place % bytes.Count] ^= change;
            Assert.Null(RecordFormat.Read(bytes.ToArray()));
        });

    private sealed class Run(int segmentBytes, long maxBytes) : IDisposable
    {
        private readonly List<IDisposable> _left = [];
        private TemporaryDirectory _directory = new();
        private Spool? _spool;
        private int _next;

        public List<int> Unacknowledged { get; } = [];

        public List<SpoolLoss> Losses { get; } = [];

        public Spool Spool => _spool ??= Spool.Open(
            _directory.Path, new SpoolOptions { SegmentBytes = segmentBytes, MaxBytes = maxBytes, Fsync = false }, Losses.Add, NullLogger.Instance);

        public void Do(Kind kind, int amount)
        {
            switch (kind)
            {
                case Kind.Append:
                    var numbers = Enumerable.Range(_next, amount).ToArray();
                    _next += amount;
                    Spool.Append(numbers.Select(Payload).ToArray());
                    Unacknowledged.AddRange(numbers);
                    break;
                case Kind.Acknowledge when Spool.Peek(amount) is { Count: > 0 } records:
                    Spool.Acknowledge(records[^1]);
                    Unacknowledged.RemoveRange(0, records.Count);
                    break;
                case Kind.Restart:
                    Spool.Dispose();
                    _spool = null;
                    break;
                case Kind.Kill or Kind.KillWhileWriting:
                    Kill(kind == Kind.KillWhileWriting ? amount : 0);
                    break;
            }
        }

        public List<int> Read() => Spool.Peek(int.MaxValue)
            .Select(record => BinaryPrimitives.ReadInt32LittleEndian(record.Payload.Span)).ToList();

        public void ForgetLosses(List<int> kept)
        {
            Losses.Clear();
            Unacknowledged.RemoveRange(0, Unacknowledged.Count - kept.Count);
        }

        public void Dispose()
        {
            _spool?.Dispose();
            _left.ForEach(left => left.Dispose());
            _directory.Dispose();
        }

        /// <summary>Goes on from a copy of the files taken while the spool was open, with the beginning of a record behind the last one.</summary>
        private void Kill(int torn)
        {
            var copy = _directory;
            if (_spool is not null)
            {
                copy = TemporaryDirectory.CopyOf(_directory.Path);
                _left.AddRange([_spool, _directory]);
                (_directory, _spool) = (copy, null);
            }

            if (torn > 0 && Directory.GetFiles(copy.Path, "*.seg").Order(StringComparer.Ordinal).LastOrDefault() is { } last)
            {
                var record = new List<byte>();
                RecordFormat.Write(record, Payload(int.MaxValue).Span);
                using var file = new FileStream(last, FileMode.Append);
                file.Write(record.ToArray().AsSpan(0, Math.Min(torn, record.Count - 1)));
            }
        }

        /// <summary>Between 4 and 40 bytes, the number first.</summary>
        private static ReadOnlyMemory<byte> Payload(int number)
        {
            var bytes = new byte[4 + (number % 37)];
            BinaryPrimitives.WriteInt32LittleEndian(bytes, number);
            return bytes;
        }
    }
}
