using System.Globalization;
using System.Numerics;
using CsCheck;
using LaunchStack.Aggregator.Metering.Days;
using LaunchStack.Aggregator.Metering.Pricing;

namespace LaunchStack.Aggregator.Tests.Metering.Pricing;

public sealed class ChargesTests
{
    private const long HourMs = 3_600_000;

    [Theory]
    [InlineData(ChargedMeasure.Cpu, "core-hour", "3600000000000000")]
    [InlineData(ChargedMeasure.Cpu, "core-minute", "60000000000000")]
    [InlineData(ChargedMeasure.Memory, "GB-hour", "3600000000000000")]
    [InlineData(ChargedMeasure.Disk, "GiB-minute", "64424509440000")]
    [InlineData(ChargedMeasure.NetworkIn, "GB", "1000000000")]
    [InlineData(ChargedMeasure.NetworkOut, "GiB", "1073741824")]
    public void A_unit_is_a_whole_number_of_base_units(ChargedMeasure measure, string unit, string expected) =>
        Assert.Equal(BigInteger.Parse(expected, CultureInfo.InvariantCulture), BillingUnit.Find(measure, unit)!.Base * (measure == ChargedMeasure.Cpu ? 1000 : 1));

    [Theory]
    [InlineData("0.01", 500_000_000, "0.01")]
    [InlineData("0.01", 499_999_999, "0")]
    [InlineData("0.01", -500_000_000, "-0.01")]
    [InlineData("0.00333", 3_000_000_000, "0.01")]
    [InlineData("0", 3_000_000_000, "0")]
    public void An_amount_is_rounded_once_half_away_from_zero(string price, long bytes, string amount) =>
        Assert.Equal(Decimal(amount), Charges.Amount(new(ChargedMeasure.NetworkIn, "GB", Decimal(price)), bytes, 2));

    [Fact]
    public void The_largest_month_at_the_highest_price_is_still_an_amount()
    {
        var amount = Charges.Amount(new(ChargedMeasure.Memory, "GB-minute", 1_000_000m), (Int128)long.MaxValue * 31 * UtcDay.Milliseconds, 4);
        Assert.True(amount > 1e17m);
    }

    [Fact]
    public void The_allowance_is_used_up_in_order_of_instance_and_measure()
    {
        var (a, b) = (Guid.Parse("00000000-0000-0000-0000-00000000000a"), Guid.Parse("f0000000-0000-0000-0000-000000000000"));
        var card = Card(new(ChargedMeasure.Memory, "GB-hour", 2m, 5), new(ChargedMeasure.NetworkOut, "GB", 1m));
        var used = new Dictionary<Guid, Quantities> { [b] = Memory(4), [a] = Memory(3) };
        var lines = Charges.Price(card, used).Where(line => line.Measure == ChargedMeasure.Memory).ToList();
        Assert.Equal([(a, 0m), (b, 4m)], lines.Select(line => (line.InstanceId, line.Amount)));
        Assert.Equal([Memory(3).MemoryByteMs, Memory(2).MemoryByteMs], lines.Select(line => line.Free));
    }

    [Fact]
    public void A_measure_without_a_price_is_on_the_statement_and_costs_nothing()
    {
        var line = Charges.Price(Card(new RateItem(ChargedMeasure.Memory, "GB-hour", 1m)), new Dictionary<Guid, Quantities> { [Guid.NewGuid()] = default(Quantities) with { CpuCoreNs = 5 } })[0];
        Assert.Equal((ChargedMeasure.Cpu, null, 5, 0), (line.Measure, line.Unit, line.Quantity, line.Amount));
    }

    [Fact]
    public void Amounts_agree_with_exact_fractions() =>
        Gen.Select(Gen.Long[0, 1L << 60], Gen.Int[0, 1_000_000_000], Gen.Int[0, 9], Gen.Int[0, 4]).Sample((bytes, mantissa, scale, decimals) =>
        {
            var price = new decimal(mantissa, 0, 0, false, (byte)scale);
            var amount = Charges.Amount(new(ChargedMeasure.NetworkIn, "GiB", price), bytes, decimals);
            // |amount - exact| <= half a unit of the last decimal, both sides times 2^31 * 10^(scale + decimals).
            var exact = (BigInteger)bytes * mantissa * BigInteger.Pow(10, decimals) * 2;
            var rounded = new BigInteger(amount * (decimal)BigInteger.Pow(10, decimals)) * (BigInteger.One << 31) * BigInteger.Pow(10, scale);
            Assert.True(BigInteger.Abs(rounded - exact) <= (BigInteger.One << 30) * BigInteger.Pow(10, scale));
        }, iter: 2000);

    internal static RateCard Card(params RateItem[] items) => new(1, new(2020, 1, 1), "EUR", 2, items);

    internal static Quantities Memory(long gigabyteHours) => default(Quantities) with { MemoryByteMs = (Int128)gigabyteHours * 1_000_000_000 * HourMs };

    private static decimal Decimal(string text) => decimal.Parse(text, CultureInfo.InvariantCulture);
}
