using LaunchStack.Web.Alerts;
using LaunchStack.Web.Keys;

namespace LaunchStack.Web.Tests;

public sealed class FormFieldTests
{
    private const string Id = "5b0c0000-0000-0000-0000-000000000002";

    [Fact]
    public void An_empty_field_is_none()
    {
        foreach (var text in new[] { null, "", "  " })
            Assert.Equal((null, null, null), (FormField.Id(text), FormField.Number(text), FormField.WholeNumber(text)));
    }

    [Fact]
    public void What_browsers_take_for_a_number_is_one()
    {
        Assert.Equal(1_000_000_000_000_000m, FormField.Number("1e15"));
        Assert.Equal(-12.5m, FormField.Number(" -12.5 "));
        Assert.Equal(100, FormField.WholeNumber("1e2"));
        Assert.Equal(Guid.Parse(Id), FormField.Id($" {Id} "));
    }

    [Theory]
    [InlineData("abc")]
    [InlineData("1,5")]
    [InlineData("1e99")]
    [InlineData("NaN")]
    public void What_is_no_number_is_refused_and_not_taken_for_none(string text)
    {
        Assert.Contains($"'{text}'", Assert.Throws<FormatException>(() => FormField.Number(text)).Message, StringComparison.Ordinal);
        Assert.Throws<FormatException>(() => FormField.WholeNumber(text));
        Assert.Throws<FormatException>(() => FormField.Id(text));
        Assert.Throws<FormatException>(() => new RuleForm { Above = "5", Below = text }.ToBody(null));
        Assert.Throws<FormatException>(() => new KeyForm { SamplesPerSecond = text }.ToBody(DateTimeOffset.UnixEpoch));
        Assert.Throws<FormatException>(() => new KeyForm { Days = text }.ToBody(DateTimeOffset.UnixEpoch));
    }

    [Theory]
    [InlineData("1.5")]
    [InlineData("3e9")]
    public void A_whole_number_has_neither_a_fraction_nor_more_than_fits(string text) => Assert.Throws<FormatException>(() => FormField.WholeNumber(text));

    [Theory]
    [InlineData("0")]
    [InlineData("3651")]
    public void A_key_ends_within_ten_years_or_not_at_all(string days) =>
        Assert.Throws<FormatException>(() => new KeyForm { Days = days }.ToBody(DateTimeOffset.UnixEpoch));

    [Fact]
    public void A_rule_comes_back_from_its_form_as_it_was()
    {
        var body = new RuleForm { Measure = "disk_usage", Above = "1e15", Below = "0.5", ForSeconds = "60", SpanSeconds = "30" }.ToBody(null);

        Assert.Equal((1_000_000_000_000_000m, 0.5m, 60L, 30L, null), (body.Above, body.Below, body.ForSeconds, body.SpanSeconds, body.ClearForSeconds));
    }
}
