using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace LaunchStack.ServiceDefaults.Tests;

public sealed class SectionExtensionsTests
{
    [Fact]
    public void What_is_out_of_range_is_refused_by_its_configuration_key()
    {
        var error = Assert.Throws<OptionsValidationException>(() => Read(("Some:Part:Count", "4"), ("Some:Part:Wait", "2.00:00:00"), ("Some:Part:Bytes", "-1")));
        Assert.Equal(
            [
                "The field Some:Part:Count must be between 1 and 3.",
                "The field Some:Part:Wait must be between 00:00:01 and 1.00:00:00.",
                "Some:Part:Bytes must not be negative.",
            ], error.Failures);
    }

    [Fact]
    public void What_is_in_range_or_left_out_is_taken() => Assert.Equal((3, null), (Read(("Some:Part:Count", "3")).Count, Read().Wait));

    private static SomeOptions Read(params (string Key, string Value)[] settings)
    {
        var services = new ServiceCollection();
        services.AddSingleton<IConfiguration>(
            new ConfigurationBuilder().AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create(setting.Key, (string?)setting.Value))).Build());
        services.AddSection<SomeOptions>("Some:Part");
        using var provider = services.BuildServiceProvider();
        return provider.GetRequiredService<IOptions<SomeOptions>>().Value;
    }

    private sealed class SomeOptions
    {
        [Range(1, 3)]
        public int Count { get; set; } = 1;

        [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
        public TimeSpan? Wait { get; set; }

        [Range(0, long.MaxValue, ErrorMessage = "{0} must not be negative.")]
        public long Bytes { get; set; }
    }
}
