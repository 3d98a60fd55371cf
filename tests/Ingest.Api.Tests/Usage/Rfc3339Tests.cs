using System.Globalization;
using System.Text;
using CsCheck;
using LaunchStack.Ingest.Api.Usage;
using LaunchStack.Usage.Samples;

namespace LaunchStack.Ingest.Api.Tests.Usage;

public sealed class Rfc3339Tests
{
    private static readonly Gen<DateTime> Instants = Gen.Long[0, DateTime.MaxValue.Ticks]
        .Select(ticks => new DateTime(ticks - (ticks % TimeSpan.TicksPerMicrosecond), DateTimeKind.Utc));

    [Fact]
    public void What_is_printed_reads_back() => Instants.Sample(instant =>
    {
        var text = instant.ToString("yyyy-MM-ddTHH:mm:ss.ffffffZ", CultureInfo.InvariantCulture);
        Assert.Equal(Rfc3339.Outcome.Ok, Rfc3339.Parse(Encoding.UTF8.GetBytes(text), out var time));
        Assert.Equal(instant, PostgresTime.ToDateTime(time));
    });

    [Fact]
    public void Every_offset_names_the_same_instant() => Gen.Select(Gen.Int[-14 * 60, 14 * 60], Gen.Int[0, 86399]).Sample((offset, second) =>
    {
        var local = new DateTimeOffset(2026, 11, 23, 0, 0, 0, TimeSpan.FromMinutes(offset)).AddSeconds(second);
        var text = local.ToString("yyyy-MM-ddTHH:mm:sszzz", CultureInfo.InvariantCulture);
        Assert.Equal(Rfc3339.Outcome.Ok, Rfc3339.Parse(Encoding.UTF8.GetBytes(text), out var time));
        Assert.Equal(PostgresTime.FromInstant(local), time);
    });

    [Fact]
    public void No_bytes_make_it_throw() => Gen.Byte.Array[0, 40].Sample(bytes => Rfc3339.Parse(bytes, out _) is >= 0);

    [Theory]
    [InlineData("2026-11-23T10:00:00Z", Rfc3339.Outcome.Ok)]
    [InlineData("2026-11-23t10:00:00z", Rfc3339.Outcome.Ok)]
    [InlineData("2026-11-23 10:00:00+01:00", Rfc3339.Outcome.Ok)]
    [InlineData("2026-11-23T10:00:00.123456789Z", Rfc3339.Outcome.Ok)]
    [InlineData("2026-11-23T10:00:00", Rfc3339.Outcome.WithoutZone)]
    [InlineData("2026-11-23T10:00:00.5", Rfc3339.Outcome.WithoutZone)]
    [InlineData("2026-11-23T10:00:60Z", Rfc3339.Outcome.Invalid)]
    [InlineData("2026-11-23T24:00:00Z", Rfc3339.Outcome.Invalid)]
    [InlineData("2026-02-29T10:00:00Z", Rfc3339.Outcome.Invalid)]
    [InlineData("2026-13-01T10:00:00Z", Rfc3339.Outcome.Invalid)]
    [InlineData("0000-01-01T10:00:00Z", Rfc3339.Outcome.Invalid)]
    [InlineData("2026-11-23T10:00:00.Z", Rfc3339.Outcome.Invalid)]
    [InlineData("2026-11-23T10:00:00+0100", Rfc3339.Outcome.Invalid)]
    [InlineData("2026-11-23T10:00:00Zx", Rfc3339.Outcome.Invalid)]
    [InlineData("2026-11-23\010:00:00Z", Rfc3339.Outcome.Invalid)]
    [InlineData("2026-11-23410:00:00Z", Rfc3339.Outcome.Invalid)]
    [InlineData("2026-11-23", Rfc3339.Outcome.Invalid)]
    [InlineData("", Rfc3339.Outcome.Invalid)]
    public void Other_forms(string text, Rfc3339.Outcome expected) =>
        Assert.Equal(expected, Rfc3339.Parse(Encoding.UTF8.GetBytes(text), out _));

    [Fact]
    public void Beyond_a_microsecond_is_cut_off()
    {
        Rfc3339.Parse("2026-11-23T10:00:00.1234567Z"u8, out var finer);
        Rfc3339.Parse("2026-11-23T10:00:00.123456Z"u8, out var coarser);
        Assert.Equal(coarser, finer);
    }
}
