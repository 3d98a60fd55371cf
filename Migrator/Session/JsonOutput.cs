using System.Text.Json;

namespace LaunchStack.Migrator.Session;

/// <summary>What <c>--json</c> prints: one indented document.</summary>
internal static class JsonOutput
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerOptions.Web) { WriteIndented = true };

    public static void Print<T>(T answer) => Console.WriteLine(JsonSerializer.Serialize(answer, Options));
}
