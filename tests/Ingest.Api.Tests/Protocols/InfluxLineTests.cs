using System.Text;
using CsCheck;
using LaunchStack.Ingest.Api.Protocols.Influx;
using LaunchStack.ServiceDefaults.Problems;
using LaunchStack.Usage.Instances;
using LaunchStack.Usage.Writing;

namespace LaunchStack.Ingest.Api.Tests.Protocols;

public class InfluxLineTests
{
    private static (List<string> Points, InfluxReading Reading) Read(string body, string precision = "ns", long now = 7)
    {
        var batch = new RecordingBatch();
        Assert.True(InfluxPrecision.TryParse(precision, out var unit));
        var reading = new InfluxLineReader(Encoding.UTF8.GetBytes(body), unit, now, batch).Read();
        return (batch.Read, reading);
    }

    [Theory]
    [InlineData("cpu value=1", "cpu.value 1 @7")]
    [InlineData("\uFEFFcpu value=1", "cpu.value 1 @7")]
    [InlineData("cpu value=1 12", "cpu.value 1 @12")]
    [InlineData("cpu,host=a value=1.5e3 -12", "cpu.value{host=\"a\"} 1500 @-12")]
    [InlineData("cpu value=-3i 1", "cpu.value -3 @1")]
    [InlineData("cpu value=18446744073709551615u 1", "cpu.value 1.8446744073709552E+19 @1")]
    [InlineData("cpu value=+2,text=\"a, b=\\\"c\\\" \n d\",ok=t 1\r\n", "cpu.value 2 @1")]
    [InlineData("cpu value=1\r\n", "cpu.value 1 @7")]
    [InlineData("cpu value=1 \r\n", "cpu.value 1 @7")]
    [InlineData("cpu value=1\r", "cpu.value 1 @7")]
    [InlineData("\r\ncpu,host=a value=1u,s=\"x\r\n\",ok=true\r\n# c\r\n", "cpu.value{host=\"a\"} 1 @7")]
    [InlineData(@"my\ cpu\,x,ho\ st=a\,b\=c va\ lue=1 1", "my cpu,x.va lue{ho st=\"a,b=c\"} 1 @1")]
    [InlineData("cpu in\"ch=1i 1", "cpu.in\"ch 1 @1")]
    [InlineData("cpu,ho\"st=a \"a\\=\"b\"=1 1", "cpu.\"a=\"b\"{ho\"st=\"a\"} 1 @1")]
    [InlineData("# a comment\n\n  cpu value=.5 1  ", "cpu.value 0.5 @1")]
    [InlineData("cpu,c=1,a=2,b=3 value=1 1", "cpu.value{a=\"2\",b=\"3\",c=\"1\"} 1 @1")]
    [InlineData(@"disk,path=C:\win value=1 1", "disk.value{path=\"C:\\win\"} 1 @1")]
    [InlineData(@"m,cmd=run\ -d\ \\ -p\ 80:80,dn=CN\=x\\,\ y,e=a\\=b f\\ g=1 1", "m.f\\ g{cmd=\"run -d \\ -p 80:80\",dn=\"CN=x\\, y\",e=\"a\\=b\"} 1 @1")]
    [InlineData("m,tag=Grüße\u00e4 f=1 1", "m.f{tag=\"Grüßeä\"} 1 @1")]
    public void A_point_is_read(string body, string expected)
    {
        var (points, reading) = Read(body);
        Assert.Equal([expected], points);
        Assert.Equal(0, reading.Dropped);
        Assert.Equal(1, reading.Points);
    }

    [Theory]
    [InlineData("n", 5L)]
    [InlineData("u", 5_000L)]
    [InlineData("ms", 5_000_000L)]
    [InlineData("s", 5_000_000_000L)]
    [InlineData("m", 300_000_000_000L)]
    [InlineData("h", 18_000_000_000_000L)]
    public void Precision_scales_the_time(string precision, long expected) =>
        Assert.Equal([$"cpu.value 1 @{expected}"], Read("cpu value=1 5", precision).Points);

    [Theory]
    [InlineData("cpu", "missing fields")]
    [InlineData("cpu ", "missing fields")]
    [InlineData(@"cpu,host=a\", "missing fields")]
    [InlineData(",host=a value=1", "missing measurement")]
    [InlineData("cpu,host value=1", "missing tag value")]
    [InlineData("cpu,host= value=1", "missing tag value")]
    [InlineData("cpu,=a value=1", "missing tag key")]
    [InlineData("cpu, value=1", "missing tag key")]
    [InlineData("cpu,a=1,a=2 value=1", "duplicate tags")]
    [InlineData("cpu,a=1,c=1,b=1,c=2 text=\"x\"", "duplicate tags")]
    [InlineData("cpu,b=1,a=1,b=2,c=3 value=1", "duplicate tags")]
    [InlineData("cpu value", "missing field value")]
    [InlineData("cpu value=", "missing field value")]
    [InlineData("cpu value=1,", "missing field key")]
    [InlineData("cpu =1", "missing field key")]
    [InlineData("cpu value=1,=2", "missing field key")]
    [InlineData("cpu value=1,,x=2", "missing field key")]
    [InlineData("cpu value=1,bad,x=2", "missing field value")]
    [InlineData("cpu value=1,bad,=2", "missing field value")]
    [InlineData("cpu value=1x", "invalid number")]
    [InlineData("cpu value=1.5i", "invalid number")]
    [InlineData("cpu value=-1u", "invalid number")]
    [InlineData("cpu value=1e400", "invalid number")]
    [InlineData("cpu value=NaN", "invalid number")]
    [InlineData("cpu value=tru", "invalid boolean")]
    [InlineData("cpu value=\"a", "unbalanced quotes")]
    [InlineData("cpu value=1 noon", "bad timestamp")]
    [InlineData("cpu value=1 1 2", "bad timestamp")]
    public void A_bad_line_is_named_and_the_others_count(string line, string reason)
    {
        var (points, reading) = Read($"a v=1 1\n{line}\nb v=2 2\n");
        Assert.Equal(["a.v 1 @1", "b.v 2 @2"], points);
        var error = Assert.Single(reading.Errors);
        Assert.Equal((2, reason), (error.Line, error.Reason));
        Assert.StartsWith($"unable to parse '{line.Trim('\n')}': {reason}", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_time_that_overflows_is_an_error_of_its_line() =>
        Assert.Equal("time outside range", Read("cpu v=1 9223372036854775807", "h").Reading.Errors[0].Reason);

    [Fact]
    public void Line_numbers_go_on_behind_a_string_with_line_breaks()
    {
        var (_, reading) = Read("a s=\"x\ny\",v=1 1\nbad\n");
        Assert.Equal(3, reading.Errors[0].Line);
    }

    [Fact]
    public void A_series_is_described_once()
    {
        var batch = new RecordingBatch();
        var body = string.Concat(Enumerable.Range(0, 50).Select(i => $"cpu,host=a v=1,w=2 {i}\n"));
        new InfluxLineReader(Encoding.UTF8.GetBytes(body), 1, 0, batch).Read();
        Assert.Equal(100, batch.Read.Count);
        Assert.Equal(2, batch.Defined);
    }

    [Fact]
    public void Any_bytes_are_read_or_refused_line_by_line() =>
        Gen.OneOf(Gen.Char["cpu, =\"\\\n\r\t#1.5ietfu-0"].Array[0, 80].Select(chars => Encoding.UTF8.GetBytes(chars)), Gen.Byte.Array[0, 80])
            .Sample(
                body =>
                {
                    var batch = new RecordingBatch();
                    var reading = new InfluxLineReader(body, 1, 0, batch).Read();
                    Assert.True(reading.Points + reading.Dropped <= body.Count(b => b == '\n') + 1);
                },
                iter: 5_000, threads: 1);

    [Fact]
    public void Fields_without_end_are_refused_while_they_are_read()
    {
        var line = Encoding.UTF8.GetBytes($"m,container_name=x {string.Concat(Enumerable.Repeat("a=1,", 1_000_000))}a=1 1");
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Equal(413, Assert.Throws<RequestException>(() => { new InfluxLineReader(line, 1, 0, new RecordingBatch()).Read(); }).Status);
        // 16 bytes each of 250,000, in a list that doubles.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 10_000_000);
    }

    [Fact]
    public void A_tag_that_is_too_long_is_not_copied()
    {
        var line = Encoding.UTF8.GetBytes($"m,container_name=x,t={new string('t', 5_000_000)} a=1 1");
        var batch = new RecordingBatch();
        var before = GC.GetAllocatedBytesForCurrentThread();
        new InfluxLineReader(line, 1, 0, batch).Read();
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 100_000);
        Assert.Equal(["m.a too long 1 @1"], batch.Read);
    }

    [Fact]
    public void A_flood_of_names_ends_at_what_a_request_may_make_known()
    {
        var lines = Encoding.UTF8.GetBytes(string.Concat(
            Enumerable.Range(0, InstanceRegistry.MaxInstances + 1).Select(i => $"docker_container_mem,container_name=n{i} usage=1,limit=2\n")));
        var batch = new RecordingBatch();
        Assert.Throws<RequestTooLargeException>(() => { new InfluxLineReader(lines, 1, 0, batch).Read(); });
        Assert.InRange(batch.Defined, InstanceRegistry.MaxInstances, (2 * InstanceRegistry.MaxInstances) + 1);
    }
}
