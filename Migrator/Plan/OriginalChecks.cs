using LaunchStack.Migrator.Database;
using LaunchStack.Migrator.Legacy;
using LaunchStack.Migrator.Rollback;
using Npgsql;

namespace LaunchStack.Migrator.Plan;

/// <summary>What of the original an operator should know before: mostly what will matter on the way back.</summary>
internal sealed class OriginalChecks(NpgsqlConnection original, OriginalDatabase database)
{
    private const string Required =
        """
        SELECT a.attname::text FROM pg_attribute a
        WHERE a.attrelid = $1::text::regclass AND a.attnum > 0 AND NOT a.attisdropped AND a.attnotnull AND NOT a.atthasdef AND a.attidentity = ''
        ORDER BY a.attnum
        """;

    // What rows of child tables have beyond their parent's columns.
    private const string OfChildren =
        """
        WITH RECURSIVE child AS (
          SELECT inhrelid FROM pg_inherits WHERE inhparent = $1::text::regclass
          UNION SELECT h.inhrelid FROM pg_inherits h JOIN child c ON h.inhparent = c.inhrelid)
        SELECT format('%s.%I', a.attrelid::regclass, a.attname) FROM child JOIN pg_attribute a ON a.attrelid = inhrelid
        WHERE a.attnum > 0 AND NOT a.attisdropped
          AND NOT EXISTS (SELECT FROM pg_attribute p WHERE p.attrelid = $1::text::regclass AND p.attname = a.attname AND p.attnum > 0 AND NOT p.attisdropped)
        ORDER BY 1
        """;

    private const string Constraints =
        """
        SELECT format('%I %s', conname, pg_get_constraintdef(oid)) FROM pg_constraint
        WHERE conrelid = $1::text::regclass AND contype IN ('c', 'x') ORDER BY conname
        """;

    // What may be updated names a row by its primary key, by an index that was chosen, or by all of it.
    private const string Unidentified =
        OriginalTable.Beneath +
        """
        SELECT c.oid::regclass::text, string_agg(DISTINCT quote_ident(p.pubname), ', ') FROM beneath JOIN pg_class c USING (oid)
        JOIN pg_publication_tables t ON format('%I.%I', t.schemaname, t.tablename)::regclass IN (SELECT c.oid UNION SELECT relid FROM pg_partition_ancestors(c.oid) a (relid))
        JOIN pg_publication p USING (pubname)
        WHERE c.relkind = 'r' AND (p.pubupdate OR p.pubdelete) AND NOT CASE c.relreplident
          WHEN 'f' THEN true WHEN 'd' THEN EXISTS (SELECT FROM pg_index WHERE indrelid = c.oid AND indisprimary AND indimmediate)
          ELSE EXISTS (SELECT FROM pg_index WHERE indrelid = c.oid AND indisreplident) END
        GROUP BY c.oid ORDER BY 1
        """;

    // Those that may change the row are switched off; those of extensions are none that refuse.
    private const string After =
        OriginalTable.Beneath +
        """
        SELECT DISTINCT quote_ident(t.tgname) FROM beneath b JOIN pg_trigger t ON t.tgrelid = b.oid JOIN pg_proc f ON f.oid = t.tgfoid JOIN pg_language l ON l.oid = f.prolang
        WHERE NOT t.tgisinternal AND t.tgparentid = 0 AND t.tgenabled IN ('O', 'A') AND t.tgtype::int & 3 <> 3 AND t.tgtype::int & 64 = 0 AND t.tgtype::int & 28 <> 0
          AND l.lanname NOT IN ('c', 'internal')
        ORDER BY 1
        """;

    private const string IsOpenPartitioned =
        "SELECT EXISTS (SELECT FROM pg_partitioned_table WHERE partrelid = $1::text::regclass AND partdefid = 0 AND partstrat <> 'h')";

    // What every sample has, also those that the services will take in after the cutover.
    private static readonly string[] Known = ["id", "instance_id", "timestamp"];

    public async Task<IReadOnlyList<string>> RunAsync(CancellationToken cancellationToken)
    {
        var warnings = new List<string>();
        var encoding = await original.ScalarAsync<string>("SHOW server_encoding", cancellationToken);
        warnings.AddRange(database.Ignored.Select(table =>
            $"{table.Display} is left alone: the samples' tables stand in {database.Samples.Schema}. If it is meant, name its schema too (Search Path)."));
        warnings.AddRange((await OpenTransactions.DescribeUnseenAsync(original, database, cancellationToken)).Select(u => $"{u.Why}; cutover refuses before."));
        foreach (var table in database.Tables)
        {
            if (await original.QueryAsync(OfChildren, r => r.GetString(0), cancellationToken, table.Quoted) is { Count: > 0 } own)
                warnings.Add(
                    $"{table.Display} has child tables: their rows are moved, with the columns of {table.Display} only. {string.Join(", ", own)} stay behind.");
            if (await original.QueryAsync(Constraints, r => r.GetString(0), cancellationToken, table.Quoted) is { Count: > 0 } constraints)
                warnings.Add(
                    $"{table.Display} has constraints that the target will not have: {string.Join("; ", constraints)}. For rows that come in after the cutover, there: "
                    + $"ALTER TABLE {(table == database.Samples ? "resource_usage" : table.TargetName)} ADD CONSTRAINT …; what breaks them would be refused on the way back.");
            if (await original.ScalarAsync<bool>(IsOpenPartitioned, cancellationToken, table.Quoted))
                warnings.Add(
                    $"{table.Display} is partitioned and has no default partition: rows that come in after the cutover and that no partition takes would refuse the way "
                    + $"back. Before: CREATE TABLE {OriginalTable.Quote(table.Schema)}.{OriginalTable.Quote(table.Name + "_default")} PARTITION OF {table.Quoted} DEFAULT.");
            if (await OriginalAccess.MisreadRowsAsync(original, table, cancellationToken) is > 0 and var rows)
                warnings.Add(
                    $"Text that may be UTF-8 in {Counted.Of(rows, "row")} of {table.Display}, in a database that takes it for another encoding ({encoding}): it would arrive as "
                    + "it is read there (ü as Ã¼). If it is UTF-8, restore a dump of it, made with pg_dump -E "
                    + $"{encoding} and its line SET client_encoding changed to 'UTF8', into a database in UTF-8, and name that.");
            var facts = await OriginalFacts.FindAsync(original, table, cancellationToken);
            var closed = facts.Closed.Except(facts.ByView).ToHashSet();
            if (facts.TakesNoRows)
                warnings.Add($"{table.Display} takes no rows: those that come or change after the cutover cannot go back. Before rollback --reverse-sync: {Remedy.OfClosedTable}.");
            else if (closed.Count > 0)
                warnings.Add(
                    $"Nothing can be written to {string.Join(", ", table.Columns.Where(c => closed.Contains(c.Name)).Select(c => c.Display))} of {table.Display}, "
                    + $"which a view computes: rows that come, or change there, after the cutover cannot go back. Before: {Remedy.OfComputed}.");
            warnings.AddRange(facts.Notes(table));
            warnings.AddRange(facts.Ours.Select(c =>
                $"{table.Display} computes {c.Display} by itself (GENERATED): other values that come there after the cutover could not go back. To keep them, before rollback --reverse-sync, "
                + $"which says how many they are, there: {facts.Opening(table, c)}."));
            foreach (var (on, publication) in await original.QueryAsync(Unidentified, r => (r.GetString(0), r.GetString(1)), cancellationToken, table.Quoted))
                warnings.Add(
                    $"{on} has no replica identity, and publication {publication} sends its changes: the original would refuse those of the way back. {Remedy.OfPublication(on)}.");
            if (await original.QueryAsync(After, r => r.GetString(0), cancellationToken, table.Quoted) is { Count: > 0 } after)
                warnings.Add(
                    $"{table.Display} has triggers that run when it is written to ({string.Join(", ", after)}): rollback --reverse-sync leaves them on. What they refuse refuses the way "
                    + "back, and what they write elsewhere is written once more. Where that is not wanted, before it: ALTER TABLE … DISABLE TRIGGER …, and ENABLE TRIGGER after it.");
            var triggers = await TriggerSuspension.ListAsync(original, table, cancellationToken);
            if (triggers.Count > 0)
                warnings.Add(
                    $"{table.Display} has triggers that may change rows as they are written ({string.Join(", ", triggers.Select(t => t.Name))}). The move does not write there; "
                    + "rollback --reverse-sync switches them off for its transaction where its user owns the table, and says so where it may not.");
        }

        if (await OriginalFacts.RulesAsync(original, database.Samples, cancellationToken) is { Count: > 0 } rules)
            warnings.Add(
                $"{database.Samples.Display} has rules ({string.Join(", ", rules.Select(r => r.Name))}), with most of which samples cannot be written there on the way back. "
                + $"For rollback --reverse-sync: {OriginalFacts.Disable(rules)}; a trigger in their place does not stand in the way.");
        warnings.AddRange(await RoundedValues.DescribeAsync(
            original, database.Samples,
            LegacySampleColumns.Types.Select((type, column) => (database.Samples.Find(LegacySampleColumns.OriginalName(column))!, type)).Where(c => c.Item1 is not null),
            database.Server, cancellationToken));
        warnings.AddRange(ForServices(database));
        var samples = database.Samples;
        var required = (await original.QueryAsync(Required, r => r.GetString(0), cancellationToken, samples.Quoted))
            .Where(name => !Known.Contains(name, StringComparer.OrdinalIgnoreCase) && !LegacySampleColumns.IsKnown(name)).ToList();
        if (required.Count > 0)
            warnings.Add(
                $"{samples.Display} takes no NULL in {string.Join(", ", required)} and has no default there: samples that come in after the cutover have no "
                + $"value for it, so the way back would be refused. Before: ALTER TABLE {samples.Quoted} ALTER {OriginalTable.Quote(required[0])} SET DEFAULT …");
        return warnings;
    }

    /// <summary>What keeps the services, though not the migrator, from running on the original after the way back.</summary>
    public static IEnumerable<string> ForServices(OriginalDatabase database)
    {
        var tables = database.Tables.ToList();
        var spelled = tables.Where(t => t.Name != t.TargetName || t.Columns.Any(c => LegacySampleColumns.IsKnown(c.Name) && c.Name.Any(char.IsUpper))).ToList();
        if (spelled.Count > 0)
            yield return $"The services know names in lower case only, so after the way back they would not run on {string.Join(", ", spelled.Select(t => t.Display))} "
                + "of the original; rollback --reverse-sync writes there all the same. For the services: views with such names, all in one schema, that Search Path names.";
        var texts = tables.Select(t => (Table: t, Column: t.Find(t == database.Samples ? "instance_id" : "id"), Kinds: (string[])["uuid"]))
            .Append((Table: database.Samples, Column: database.Samples.Find("timestamp"), Kinds: ["timestamp with time zone", "timestamp without time zone"]))
            .Where(t => t.Column is { } column && !t.Kinds.Contains(column.Kind))
            .Select(t => $"{t.Table.Display}.{t.Column!.Display} ({t.Column.Type})").ToList();
        if (texts.Count > 0)
            yield return $"After the way back the services would not run on the original, whose ids are no uuids or whose times are no timestamps: {string.Join(", ", texts)}. "
                + "rollback --reverse-sync writes there all the same, ids in the form of those that are there.";
        if (tables.Select(t => t.Schema).FirstOrDefault(s => s != "public") is { } schema && !database.Samples.IsNamed)
            yield return $"The original's tables lie in schema {schema}: after the way back the services need Search Path={schema} in ConnectionStrings__launchstack.";
    }
}
