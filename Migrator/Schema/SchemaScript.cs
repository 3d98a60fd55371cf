using System.Reflection;

namespace LaunchStack.Migrator.Schema;

/// <summary>One numbered file of <c>Migrator/Schema</c>.</summary>
/// <param name="Name">File name without its ending, as it stands in the journal.</param>
/// <param name="Text">The SQL.</param>
/// <param name="InTransaction">False for files named <c>*.outside-transaction.sql</c>.</param>
internal sealed record SchemaScript(string Name, string Text, bool InTransaction)
{
    private const string Ending = ".sql";
    private const string OutsideEnding = ".outside-transaction.sql";

    /// <summary>The scripts of this assembly in the order they run.</summary>
    public static IReadOnlyList<SchemaScript> All { get; } = Load(typeof(SchemaScript).Assembly);

    public static SchemaScript From(string fileName, string text)
    {
        var inTransaction = !fileName.EndsWith(OutsideEnding, StringComparison.Ordinal);
        return new(fileName[..^(inTransaction ? Ending : OutsideEnding).Length], text, inTransaction);
    }

    private static List<SchemaScript> Load(Assembly assembly) =>
        [.. assembly.GetManifestResourceNames()
            .Where(name => name.EndsWith(Ending, StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)
            .Select(name =>
            {
                using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
                return From(name, reader.ReadToEnd());
            })];
}
