using LaunchStack.Migrator.Database;
using LaunchStack.Migrator.Legacy;
using Npgsql;

namespace LaunchStack.Migrator.Rollback;

/// <summary>
/// What stands in the original's further columns where the target has no value: whatever is in a column that takes no NULL, or in one of a view, which does not
/// say what it takes; else what the default gives. Of a default that gives another value each time any may be one.
/// </summary>
internal sealed class StandIns(OriginalTable table, OriginalFacts facts, ExtraColumns extras)
{
    private readonly byte[]?[] _given = new byte[extras.Count][];

    /// <summary>What is otherwise in the original than in the target, and has to be.</summary>
    public IEnumerable<string> Notes
    {
        get
        {
            var filled = extras.Columns.Select(c => c.Column).Where(c => facts.Filled.Contains(c.Name)).ToList();
            if (filled.Count == 0)
                yield break;
            var varying = filled.Where(IsAny).Select(c => c.Display).ToList();
            yield return $"{table.Display}: where the target has no value in {string.Join(", ", filled.Select(c => c.Display))}, what the default there gives stands"
                + $"{(varying.Count == 0 ? "" : $", and in {string.Join(", ", varying)} whatever is there")}.";
        }
    }

    /// <summary>Condition for a value of the original to be such.</summary>
    /// <param name="column">The original's.</param>
    /// <param name="text">The value's text, as an expression.</param>
    public string Condition(OriginalColumn column, string text) =>
        IsAny(column) ? "true" : Default(column) is { } given ? $"{text} = ({given})::text" : "false";

    /// <summary>For <see cref="Is"/>.</summary>
    public async Task LoadAsync(NpgsqlConnection original, CancellationToken cancellationToken)
    {
        for (var n = 0; n < extras.Count; n++)
        {
            var (column, isText) = (extras.Columns[n].Column, !extras.Binary || extras.Columns[n].IsText);
            // Behind the number of fields and the type: the field as COPY has it.
            if (!IsAny(column) && Default(column) is { } given)
                _given[n] = await original.ScalarAsync<byte[]>(
                    $"SELECT substr(record_send(ROW(({given}){(isText ? "::text" : "")})), 9)", cancellationToken);
        }
    }

    /// <summary>Whether the bytes of a value of the original are those of one.</summary>
    public bool Is(int column, ReadOnlySpan<byte> value) => IsAny(extras.Columns[column].Column)
        || (_given[column] is { } given && value.SequenceEqual(ExtraColumns.Field(given, 0, out var isNull)) && !isNull);

    private bool IsAny(OriginalColumn column) =>
        !table.HasIndexes || facts.NotNull.Contains(column.Name) || (facts.Filled.Contains(column.Name) && !facts.Fixed.Contains(column.Name));

    private string? Default(OriginalColumn column) => facts.Fixed.Contains(column.Name) ? $"({facts.Defaults[column.Name]})::{column.Type}" : null;
}
