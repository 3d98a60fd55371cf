using System.Text;
using LaunchStack.Migrator.Ledger;

namespace LaunchStack.Migrator.Tests.Ledger;

/// <summary>Whatever a column of type json holds, its row can be quarantined.</summary>
public sealed class QuarantinedRowTests(SharedPostgres shared) : IClassFixture<SharedPostgres>
{
    [Theory]
    [InlineData("""{"a": "\u0000"}""", """{"a": "\ufffd"}""")]
    [InlineData("""{"a": "\\u0000 \\\u0000"}""", """{"a": "\\u0000 \\\ufffd"}""")]
    [InlineData("""{"a": "\ud83d"}""", """{"a": "\ufffd"}""")]
    [InlineData("""{"a": "\uDE00x"}""", """{"a": "\ufffdx"}""")]
    [InlineData("""{"a": "\ud83d\ud83d\ude00"}""", """{"a": "\ufffd\ud83d\ude00"}""")]
    [InlineData("""{"a": "\\ud83d \n\ud83d\n"}""", """{"a": "\\ud83d \n\ufffd\n"}""")]
    [InlineData("""{"a": 1e200000, "b": -1.5E-20000, "c": [0e99999999999]}""", """{"a": "1e200000", "b": "-1.5E-20000", "c": ["0e99999999999"]}""")]
    [InlineData("""{"a": "1e200000 \" 2e200000", "b": 1e1000, "1e200000": 12.5}""", """{"a": "1e200000 \" 2e200000", "b": 1e1000, "1e200000": 12.5}""")]
    public async Task It_is_what_jsonb_takes_and_nothing_else_changes(string json, string expected)
    {
        Assert.Equal(expected, Mended(json));
        await using var cast = shared.DataSource.CreateCommand("SELECT $1::json::text, $2::jsonb IS NOT NULL");
        cast.Parameters.Add(new() { Value = json });
        cast.Parameters.Add(new() { Value = expected });
        await cast.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Numbers_of_any_length_too()
    {
        foreach (var digits in new[] { 15_990, 16_010, 129_000, 131_000, 140_000 })
        {
            var number = new string('7', digits);
            foreach (var json in new[] { $"[{number}]", $"[0.{number}]", $"[0.{number}e-999]", $"[-{number}.{number}e5]", $"[{number}e-{digits}]" })
            {
                await using var cast = shared.DataSource.CreateCommand("SELECT $1::jsonb");
                cast.Parameters.Add(new() { Value = Mended(json) });
                await cast.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
            }
        }
    }

    [Theory]
    [InlineData("1e234 7 ", 0)] // a number that jsonb takes: the row is given back as it is
    [InlineData("1e2345 7 ", 8)] // as it is read, while it is written, and as it is then, in characters of two bytes; then in UTF-8
    public void A_row_of_megabytes_takes_no_more_memory_than_it_is_long(string text, int times)
    {
        var json = $$"""{"a": "{{string.Concat(Enumerable.Repeat(text, 200_000))}}", "b": 1e{{(times == 0 ? "2" : "200000")}}}""";
        var utf8 = Encoding.UTF8.GetBytes(json);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var mended = QuarantinedRow.ForJsonb(utf8);
        var taken = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.EndsWith(times == 0 ? "1e2}" : "\"1e200000\"}", Encoding.UTF8.GetString(mended), StringComparison.Ordinal);
        Assert.InRange(taken, 0, (long)times * json.Length);
    }

    private static string Mended(string json) => Encoding.UTF8.GetString(QuarantinedRow.ForJsonb(Encoding.UTF8.GetBytes(json)));
}
