using System.Buffers.Binary;
using CsCheck;
using LaunchStack.Agent.Spooling;
using LaunchStack.Agent.Tests.Support;

namespace LaunchStack.Agent.Tests.Spooling;

/// <summary>Any bytes in the files, any files in the directory: what is sound is delivered, the rest is said.</summary>
public class SpoolDamagePropertyTests
{
    private static readonly Gen<byte[]> Content = Gen.OneOf<byte[]>(
        Gen.Byte.Array[0, 200],
        Gen.Int[0, 5000].Select(length => new byte[length]),
        // Records whose payload is nobody's, and half a record.
        Gen.Select(Gen.Byte.Array[1, 60], Gen.Int[0, 8], (payload, cut) =>
        {
            var bytes = new List<byte>();
            RecordFormat.Write(bytes, payload);
            return bytes.SkipLast(Math.Min(cut, bytes.Count)).ToArray();
        }));

    private static readonly Gen<string> Name = Gen.OneOf<string>(
        Gen.Int[0, 60].Select(number => $"{number:D19}.seg"),
        Gen.OneOf(
            "cursor", "notes.seg", ".seg", "5.seg", "0000000000000000005.SEG", "4611686018427387903.seg", "4611686018427387904.seg",
            "9223372036854775807.seg", "9999999999999999999.seg", "0000000000000000000.seg.corrupt", "-00000000000000000001.seg", "٠٠٠٠٠٠٠٠٠٠٠٠٠٠٠٠٠٠٠.seg"));

    private enum Kind
    {
        File,
        Directory,
        LinkToNowhere,
        LinkToItself,
        LinkToAnEndlessDevice,
    }

    // Not 4: the CRC-32C of four bytes 0xff is 0xffffffff, so that a run of them is a sound record.
    [Fact]
    public void Whatever_bytes_change_the_records_beside_them_are_delivered() => Gen.Select(
        Gen.Int[5, 300].Array[1, 60],
        Gen.Select(Gen.Double.Unit, Gen.Int[1, 400], Gen.Int[0, 2]).Array[1, 4],
        Gen.Bool).Sample((sizes, changes, whileOpen) =>
        {
            using var directory = new TemporaryDirectory();
            var losses = new List<SpoolLoss>();
            var spool = Open(directory, losses);
            try
            {
                spool.Append(sizes.Select((size, number) => Payload(size, number)).ToArray());
                if (!whileOpen)
                    spool.Dispose();
                var untouched = Damage(directory, sizes, changes);
                if (!whileOpen)
                    spool = Open(directory, losses);

                var read = spool.Peek(1000);
                var delivered = read.Select(Number).ToArray();

                Assert.Equal(delivered.Order(), delivered);
                Assert.All(read, record => Assert.Equal(PayloadBytes(sizes[Number(record)], Number(record)), record.Payload.ToArray()));
                Assert.Subset(delivered.ToHashSet(), untouched.ToHashSet());
                Assert.Equal(delivered.Length, spool.Waiting);
                if (delivered.Length < sizes.Length)
                    Assert.NotEmpty(losses);
                if (whileOpen)
                    Assert.Equal(sizes.Length, delivered.Length + losses.Sum(loss => loss.Records));

                spool.Append([Payload(50, sizes.Length)]);
                Assert.Equal(sizes.Length, Number(spool.Peek(1000)[^1]));
                spool.Acknowledge(spool.Peek(1000)[^1]);
                Assert.Empty(Directory.GetFiles(directory.Path, "*.seg"));
            }
            finally
            {
                spool.Dispose();
            }
        },
        iter: 500);

    [Fact]
    public void Whatever_lies_in_the_directory_the_spool_opens_and_works() => Gen.Select(
        Name, Gen.Int[0, 8].Select(kind => kind < 5 ? Kind.File : (Kind)(kind - 4)), Content).Array[0, 8].Sample(entries =>
        {
            using var directory = new TemporaryDirectory();
            foreach (var (name, kind, content) in entries)
                Put(directory.File(name), kind, content);

            for (var start = 0; start < 2; start++)
            {
                using var spool = Open(directory, []);
                spool.Append([Payload(50, 77)]);
                var records = spool.Peek(int.MaxValue);
                Assert.Equal(77, Number(records[^1]));
                Assert.Equal(records.Count, spool.Waiting);
                if (start == 0)
                    continue;
                spool.Acknowledge(records[^1]);
                Assert.Equal(0, spool.Waiting);
                Assert.Equal(0, spool.Bytes);
            }

            using var last = Open(directory, []);
            Assert.Equal(0, last.Waiting);
        },
        iter: 500);

    private static Spool Open(TemporaryDirectory directory, List<SpoolLoss> losses) => Spool.Open(
        directory.Path, new SpoolOptions { SegmentBytes = 2000, MaxBytes = 1 << 20, Fsync = false }, losses.Add, new SentLog());

    private static int Number(SpoolRecord record) => BinaryPrimitives.ReadInt32LittleEndian(record.Payload.Span) & int.MaxValue;

    private static ReadOnlyMemory<byte> Payload(int size, int number) => PayloadBytes(size, number);

    private static byte[] PayloadBytes(int size, int number)
    {
        // Bytes that follow from the number, none of which makes a possible length: a 4 with a run of 0xff behind it is a sound record.
        var bytes = new byte[size];
        new Random(number).NextBytes(bytes);
        for (var i = 4; i < size; i++)
            bytes[i] |= 0x80;
        BinaryPrimitives.WriteInt32LittleEndian(bytes, number | int.MinValue);
        return bytes;
    }

    /// <summary>Writes over parts of the files; returns the records no change lies in.</summary>
    private static int[] Damage(TemporaryDirectory directory, int[] sizes, (double Place, int Length, int Fill)[] changes)
    {
        var untouched = Enumerable.Range(0, sizes.Length).ToHashSet();
        var files = Directory.GetFiles(directory.Path, "*.seg").Order(StringComparer.Ordinal).ToArray();
        var total = files.Sum(file => new FileInfo(file).Length);
        foreach (var (place, length, fill) in changes)
        {
            var (from, start) = ((long)(place * total), 0L);
            foreach (var file in files)
            {
                var fileLength = new FileInfo(file).Length;
                var (first, end) = (Math.Max(from, start), Math.Min(from + length, start + fileLength));
                if (first < end)
                {
                    using var stream = new FileStream(file, FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
                    stream.Position = first - start;
                    var bytes = new byte[end - first];
                    if (fill > 0)
                        Array.Fill(bytes, fill == 1 ? (byte)0xff : (byte)'{');
                    stream.Write(bytes);
                }

                start += fileLength;
            }

            var at = 0L;
            for (var number = 0; number < sizes.Length; number++)
            {
                var size = sizes[number] + RecordFormat.HeaderBytes;
                if (at < from + length && from < at + size)
                    untouched.Remove(number);
                at += size;
            }
        }

        return [.. untouched];
    }

    private static void Put(string path, Kind kind, byte[] content)
    {
        if (Path.Exists(path))
            return;
        switch (kind)
        {
            case Kind.File:
                File.WriteAllBytes(path, content);
                break;
            case Kind.Directory:
                Directory.CreateDirectory(Path.Combine(path, "within"));
                break;
            case Kind.LinkToNowhere:
                File.CreateSymbolicLink(path, "/no/such/file");
                break;
            case Kind.LinkToItself:
                File.CreateSymbolicLink(path, path);
                break;
            case Kind.LinkToAnEndlessDevice:
                File.CreateSymbolicLink(path, "/dev/zero");
                break;
        }
    }
}
