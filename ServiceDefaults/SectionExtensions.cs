using System.ComponentModel.DataAnnotations;
using System.Reflection;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace LaunchStack.ServiceDefaults;

/// <summary>Options of a section of the configuration.</summary>
public static class SectionExtensions
{
    /// <summary>Binds them, and checks their attributes at start; a message names the configuration key.</summary>
    public static OptionsBuilder<T> AddSection<T>(this IServiceCollection services, string section)
        where T : class
    {
        services.AddSingleton<IValidateOptions<T>>(new AttributeValidator<T>(section));
        return services.AddOptions<T>().BindConfiguration(section).ValidateOnStart();
    }

    private sealed class AttributeValidator<T>(string section) : IValidateOptions<T>
        where T : class
    {
        public ValidateOptionsResult Validate(string? name, T options)
        {
            var failures = (
                from property in typeof(T).GetProperties()
                from attribute in property.GetCustomAttributes<ValidationAttribute>()
                where !attribute.IsValid(property.GetValue(options))
                select attribute.FormatErrorMessage($"{section}:{property.Name}")).ToList();
            return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
        }
    }
}
