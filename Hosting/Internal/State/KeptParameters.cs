using System.Text.Json;

namespace Aspire.Hosting.Internal.State;

/// <summary>Generated parameters, kept from run to run in a file that only its owner reads.</summary>
internal sealed class KeptParameters(string file)
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };
    private readonly Lock _lock = new();

    public string GetOrAdd(string name, Func<string> make)
    {
        lock (_lock)
        {
            var values = File.Exists(file) ? JsonSerializer.Deserialize<SortedDictionary<string, string>>(File.ReadAllBytes(file))! : [];
            if (values.TryGetValue(name, out var known))
                return known;

            values[name] = make();
            var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows())
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            var next = file + ".next";
            using (var stream = new FileStream(next, options))
                JsonSerializer.Serialize(stream, values, Indented);
            File.Move(next, file, overwrite: true);
            return values[name];
        }
    }
}
