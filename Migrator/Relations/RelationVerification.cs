using LaunchStack.Migrator.Database;
using LaunchStack.Migrator.Ledger;
using LaunchStack.Migrator.Legacy;
using Npgsql;

namespace LaunchStack.Migrator.Relations;

/// <summary>Compares users, instances and payments row by row. What the target has besides is for <see cref="SurplusRows"/>.</summary>
internal sealed class RelationVerification(NpgsqlConnection source, NpgsqlConnection target)
{
    private const int RowsNamed = 20;

    public async Task<IReadOnlyList<string>> CompareAsync(OriginalTable table, CancellationToken cancellationToken)
    {
        var all = await TargetColumn.FindAsync(target, table.TargetName, table.Columns, anyCase: true, cancellationToken);
        var rows = new RelationRows(source, target, table, [.. all.Where(c => c.IsThere)]);
        var findings = all.Where(c => !c.IsThere).Select(c => $"{rows.Name}: the target lacks column {c.Quoted}; run catch-up").ToList();
        if (all.Any(c => c.IsThere))
            findings.AddRange(rows.HaveId ? await ByIdAsync(rows, cancellationToken) : await AsWholeAsync(rows, cancellationToken));
        return findings;
    }

    private async Task<List<string>> ByIdAsync(RelationRows rows, CancellationToken cancellationToken)
    {
        var found = new Dictionary<string, string>(StringComparer.Ordinal);
        await foreach (var row in target.TextRowsAsync($"SELECT id::text, {rows.TargetHash} FROM {rows.Name}", cancellationToken))
            found[row[0]!] = row[1]!;
        var quarantined = new HashSet<string>(StringComparer.Ordinal);
        await foreach (var row in rows.QuarantinedAsync(cancellationToken))
            quarantined.Add(row[0] ?? "");

        var findings = new List<string>();
        foreach (var (key, hash) in await rows.OriginalAsync(cancellationToken))
        {
            if (quarantined.Contains(key))
                continue;
            if (hash is null || !found.TryGetValue(hash.Value.Id, out var other))
                findings.Add($"{rows.Name}: {key} is missing");
            else if (other != hash.Value.Hash)
                findings.Add($"{rows.Name}: {key} differs from the original");
        }

        return findings;
    }

    /// <summary>Without an id, each row has to be there as often as in the original; those that are not are named with all they hold.</summary>
    private async Task<List<string>> AsWholeAsync(RelationRows rows, CancellationToken cancellationToken)
    {
        var found = new Dictionary<string, int>(StringComparer.Ordinal);
        await foreach (var row in target.TextRowsAsync($"SELECT {rows.TargetHash} FROM {rows.Name}", cancellationToken))
            Add(found, row[0]!);
        var missing = (await rows.OriginalAsync(cancellationToken)).Where(r => r.Row is not { } row || !Take(found, row.Hash))
            .Select(r => QuarantinedRow.ForJsonb(r.Key)).ToArray();
        if (missing.Length == 0)
            return [];

        var quarantined = new Dictionary<string, int>(StringComparer.Ordinal);
        await foreach (var row in rows.QuarantinedAsync(cancellationToken))
            Add(quarantined, row[0]!);
        var lost = new List<string>();
        await foreach (var row in target.TextRowsAsync("SELECT r::jsonb::text FROM unnest($1) r", cancellationToken, [missing]))
        {
            if (!Take(quarantined, row[0]!))
                lost.Add($"{rows.Name}: missing: {ShownValue.Shorten(row[0]!)}");
        }

        if (lost.Count == 0)
            return [];
        var left = found.Where(f => f.Value > 0).Select(f => f.Key).ToArray();
        var instead = new List<string>();
        await foreach (var row in target.TextRowsAsync($"SELECT row_to_json(t)::text FROM {rows.Name} t WHERE {rows.TargetHash} = ANY($1) LIMIT {RowsNamed}", cancellationToken, [left]))
            instead.Add($"{rows.Name}: not in the original: {ShownValue.Shorten(row[0]!)}");
        if (lost.Count > RowsNamed)
            lost = [.. lost[..RowsNamed], $"{rows.Name}: and {lost.Count - RowsNamed} more rows are missing"];
        return [.. lost, .. instead];
    }

    private static void Add(Dictionary<string, int> rows, string row) => rows[row] = rows.GetValueOrDefault(row) + 1;

    private static bool Take(Dictionary<string, int> rows, string row)
    {
        if (rows.GetValueOrDefault(row) == 0)
            return false;
        rows[row]--;
        return true;
    }
}
