using System.Globalization;
using System.Text;
using System.Text.Json;
using CsCheck;
using LaunchStack.Ingest.Api.Usage;
using LaunchStack.Usage.Samples;

namespace LaunchStack.Ingest.Api.Tests.Usage;

public sealed class SampleReaderTests
{
    private const string Id = "\"instance_id\":\"5b0c0000-0000-4000-8000-000000000001\"";
    private const string Time = "\"timestamp\":\"2026-11-23T10:00:00.123Z\"";
    private const string Sample = $$"""{{{Id}},{{Time}},"cpu_usage":12.5,"memory_usage":7,"memory_limit":0,"disk_usage":9223372036854775807,"network_in":10,"network_out":1}""";

    [Theory]
    [InlineData(Sample)]
    [InlineData($$"""{"network_out": 12, "cpu_usage": 0.25, {{Time}}, {{Id}}}""")]
    [InlineData($$"""{{{Id}},{{Time}}}""")]
    [InlineData($$"""{{{Time}},"memory_usage":1,"memory_limit": 2,{{Id}},"network_out":0,"network_in":3}""")]
    [InlineData("""{"cpu_usage":1}""")]
    public void What_serializers_write_is_read_plainly(string text) => Assert.Equal(text.Length, Plain(text + ",{").Length);

    [Fact]
    public void Every_measure_is_read_as_its_type_and_described_so()
    {
        foreach (var measure in Measures.All)
        {
            var (whole, fraction) = ($$"""{{{Id}},{{Time}},"{{measure.Column()}}":7}""", $$"""{{{Id}},{{Time}},"{{measure.Column()}}":12.5}""");
            foreach (var outcome in new[] { Plain(whole), Read(Encoding.UTF8.GetBytes(whole)) })
                Assert.Equal(7, measure.IsFraction() ? outcome.Row!.Value.Values.GetFraction(measure) : outcome.Row!.Value.Values.Get(measure));
            Assert.Equal(measure.IsFraction() ? fraction.Length : 0, Plain(fraction).Length);
            Assert.Equal(measure.IsFraction() ? 12.5 : null, Read(Encoding.UTF8.GetBytes(fraction)).Row?.Values.GetFraction(measure));
            Assert.Equal(measure.IsFraction() ? typeof(double?) : typeof(long?), typeof(UsageSampleBody).GetProperty(measure.ToString())?.PropertyType);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("[1]")]
    [InlineData($$"""{{{Id}},{{Time}},"cpu_usage":12""")]
    [InlineData($$"""{{{Id}},{{Time}},}""")]
    [InlineData($$"""{{{Id}}{{Time}}}""")]
    [InlineData($$"""{{{Id}},{{Time}},"cpu_usage":null}""")]
    [InlineData($$"""{{{Id}},{{Time}},"cpu_usage":1,"cpu_usage":1}""")]
    [InlineData($$"""{{{Id}},{{Time}},"host":1}""")]
    [InlineData($$"""{{{Id}},{{Time}} }""")]
    [InlineData("""{"instance_id":"5b0c000000004000800000000000001"}""")]
    [InlineData("""{"timestamp":"2026-11-23T10:00:00"}""")]
    [InlineData("""{"timestamp":"2026-11-23T10:00:00\u005a"}""")]
    [InlineData("""{"cpu_usage":1e2}""")]
    [InlineData("""{"cpu_usage":-1}""")]
    [InlineData("""{"cpu_usage":01}""")]
    [InlineData("""{"cpu_usage":1.}""")]
    [InlineData("""{"cpu_usage":.5}""")]
    [InlineData("""{"cpu_usage":Infinity}""")]
    [InlineData("""{"network_in":1.0}""")]
    [InlineData("""{"network_in":9223372036854775808}""")]
    [InlineData("""{"network_in":18446744073709551617}""")]
    [InlineData("""{"network_in":01}""")]
    [InlineData("""{"network_in":}""")]
    [InlineData("""{"network_out":1,"network_out":1}""")]
    [InlineData("""{"instance_id":}""")]
    [InlineData("""{"instance_id" :"5b0c0000-0000-4000-8000-000000000001"}""")]
    [InlineData("""{"network_in":+1}""")]
    public void What_needs_judging_is_not(string text) => Assert.Equal(0, Plain(text).Length);

    [Fact]
    public void A_plain_sample_is_what_the_json_reader_reads() => Gen.Select(Gen.Int[0, 1000], Gen.OneOf(Gen.Byte, Gen.Char["0123456789.,:{}\"eE-+ \\\n"].Select(c => (byte)c)))
        .Array[1, 3].Select(Gen.Double[0, 2e6], Gen.Long[0, long.MaxValue], Gen.Bool).Sample((damages, cpu, bytes, isDamaged) =>
        {
            string[] members = [Id, Time, FormattableString.Invariant($"\"cpu_usage\":{cpu}"), $"\"memory_usage\":{bytes}", "\"network_in\":0"];
            if (bytes % 2 == 0)
                Array.Reverse(members);
            var text = Encoding.UTF8.GetBytes($$"""{{{string.Join(',', members)}}},""");
            foreach (var (at, value) in isDamaged ? damages : [])
                text[at % text.Length] = value;
            var plain = Plain(text);
            if (plain.Length == 0)
                return;
            var read = Read(text);
            Assert.Equal(read.Length, plain.Length);
            Assert.Equal(read.Row, plain.Row);
            Assert.Equal(read.Codes, plain.Codes);
        }, iter: 50_000);

    [Fact]
    public void A_fraction_is_the_nearest_double_whatever_its_digits() => Gen.Select(Gen.Int[0, 99_999], Gen.String[Gen.Char['0', '9'], 1, 18]).Sample((whole, decimals) =>
    {
        var text = $"{whole}.{decimals}";
        Assert.Equal(double.Parse(text, CultureInfo.InvariantCulture), Plain($$"""{{{Id}},{{Time}},"cpu_usage":{{text}}}""").Row?.Values.GetFraction(Measure.CpuUsage));
    }, iter: 50_000);

    private sealed record Outcome(long Length, SampleRow? Row, string Codes);

    private static Outcome Plain(string text) => Plain(Encoding.UTF8.GetBytes(text));

    private static Outcome Plain(byte[] text)
    {
        var sample = default(SampleReader);
        return Ended(sample.ReadPlain(text), sample);
    }

    private static Outcome Read(byte[] text)
    {
        var reader = new Utf8JsonReader(text, isFinalBlock: false, default);
        reader.Read();
        var sample = default(SampleReader);
        Assert.True(sample.TryRead(ref reader));
        return Ended(reader.BytesConsumed, sample);
    }

    private static Outcome Ended(long length, in SampleReader sample)
    {
        using var batch = new UsageBatch(SampleWindow.Unbounded);
        sample.AddTo(batch, 0);
        return new(length, batch.Samples.Count == 1 ? batch.Samples[0] : null, string.Join(',', batch.Rejections));
    }
}
