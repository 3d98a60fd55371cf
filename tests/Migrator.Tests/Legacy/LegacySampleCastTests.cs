using LaunchStack.Migrator.Legacy;

namespace LaunchStack.Migrator.Tests.Legacy;

public sealed class LegacySampleCastTests
{
    /// <summary>Texts with what the server makes of them; those that it does not read are left out.</summary>
    [Theory]
    [InlineData("uuid", """
        {A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11}|a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11
        a0ee-bc99-9c0b4ef8bb6d-6bb9-bd38-0a11|a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11
        A0EEBC999C0B4EF8BB6D6BB9BD380A11|a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11
        {a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11|
        a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a1|
        """)]
    [InlineData("float8", """
        1.5e-05|1.5e-05
         +.5E2 |50
        5.|5
        4.9e-324|5e-324
        -inf|-Infinity
        nan|NaN
        1e400|
        1e-400|
        1,5|
        """)]
    [InlineData("int8", """
         +007 |7
        9223372036854775807|9223372036854775807
        0009223372036854775807|9223372036854775807
        9223372036854775808|
        1.0|
        """)]
    [InlineData("timestamptz", """
        2026-10-01T12:00:00.123456789Z|2026-10-01 12:00:00.123457+00
        2026-10-01 12:00|2026-10-01 12:00:00+00
        2026-10-01|2026-10-01 00:00:00+00
        2024-02-29 23:59:59 +0530|2024-02-29 18:29:59+00
        2026-10-01 12:00:00 UTC|2026-10-01 12:00:00+00
        2026-02-29 00:00:00|
        now|
        """)]
    public async Task What_the_server_reads_as_the_type_is_read_and_the_rest_ends_nothing(string type, string texts)
    {
        await using var original = await TestPostgres.CreateAsync();
        var lines = texts.Split('\n');
        var values = string.Join(", ", lines.Select(line => $"('{line.Split('|')[0]}')"));
        var (cast, fits) = LegacySampleCast.Of(new("v", "text", true), type, server: 15);
        Assert.Equal(
            lines.Select(line => $"{line}|{(line.EndsWith('|') ? 'f' : 't')}"),
            await original.DataSource.ScalarAsync<string[]>(
                $"SET timezone = 'UTC'; SELECT array_agg(concat_ws('|', v, coalesce(({cast})::text, ''), left(({fits})::text, 1))) FROM (VALUES {values}) s(v)"));
    }

    [Theory]
    [InlineData("float8", "bigint", "9007199254740992", "9007199254740993")]
    [InlineData("float8", "numeric(6,2)", "12.50", "'NaN'")]
    [InlineData("int8", "numeric", "5.0", "0.5")]
    [InlineData("int8", "double precision", "-0.0", "'Infinity'")]
    [InlineData("int8", "double precision", "-9223372036854775808", "9223372036854775808")]
    [InlineData("int8", "real", "4294967296", "0.5")]
    public async Task A_number_that_would_not_come_back_as_it_was_is_not_read(string type, string of, string good, string bad)
    {
        await using var original = await TestPostgres.CreateAsync();
        var fits = LegacySampleCast.Of(new("v", of, true), type, server: 15).Fits;
        Assert.Equal(
            of.StartsWith("numeric(", StringComparison.Ordinal) ? [true, true] : [true, false],
            await original.DataSource.ScalarAsync<bool[]>($"SELECT array_agg({fits}) FROM (VALUES ({good}::{of}), ({bad})) s(v)"));
    }

    [Fact]
    public async Task A_whole_number_in_a_float_is_read_to_its_last_digit()
    {
        await using var original = await TestPostgres.CreateAsync();
        var (cast, _) = LegacySampleCast.Of(new("v", "double precision", true), "int8", server: 15);
        Assert.Equal(1125899906842625L, await original.DataSource.ScalarAsync<long>($"SELECT {cast} FROM (VALUES (1125899906842625::float8)) s(v)"));
    }

    [Fact]
    public void A_type_without_any_value_of_ours_is_refused() => Assert.Contains(
        "cannot be read as uuid",
        Assert.Throws<SchemaException>(() => LegacySampleCast.Of(new("v", "bigint", true), "uuid", server: 15)).Message, StringComparison.Ordinal);
}
