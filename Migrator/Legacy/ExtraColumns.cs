using System.Buffers.Binary;
using System.Text;
using LaunchStack.Migrator.Schema;
using Npgsql;

namespace LaunchStack.Migrator.Legacy;

/// <summary>The columns of the original's samples that the new schema lacks, and how their values travel.</summary>
/// <param name="Columns">In the original's order; those that the target has by now.</param>
/// <param name="Binary">As the bytes of COPY; otherwise as text, for a target without COPY.</param>
internal sealed record ExtraColumns(IReadOnlyList<ExtraColumn> Columns, bool Binary)
{
    /// <summary>Where they go.</summary>
    public const string Table = "public.resource_usage";

    // The row's own number, the ORM's mark, and what memory_usage and memory_limit say together.
    private static readonly string[] Unused = ["id", "updated_at", "memory_percentage"];

    public static readonly ExtraColumns None = new([], Binary: true);

    public int Count => Columns.Count;

    /// <summary>Columns that neither are one of <see cref="LegacySampleColumns"/> nor say nothing new.</summary>
    public static IReadOnlyList<OriginalColumn> Of(OriginalTable samples)
    {
        var known = LegacySampleColumns.Names.Select((_, column) => LegacySampleColumns.OriginalName(column)).Concat(Unused).Select(samples.Find).ToHashSet();
        return [.. samples.Columns.Where(c => !known.Contains(c))];
    }

    /// <summary>Adds to the target what it lacks of them; what was copied without them is to be copied again.</summary>
    public static async Task AddAsync(NpgsqlConnection target, OriginalTable samples, CancellationToken cancellationToken)
    {
        var columns = await TargetColumn.FindAsync(target, Table, Of(samples), anyCase: false, cancellationToken);
        if (columns.TrueForAll(c => c.IsThere))
            return;
        await target.ExecuteAsync("UPDATE migration_windows SET source_version = NULL", cancellationToken);
        await TargetColumn.AddAsync(target, Table, columns, cancellationToken);
    }

    /// <summary>Those that the target has; it is not changed.</summary>
    /// <exception cref="RefusedException">One has another type there.</exception>
    public static async Task<ExtraColumns> FindAsync(NpgsqlConnection target, OriginalTable samples, bool binary, CancellationToken cancellationToken)
    {
        var columns = await TargetColumn.FindAsync(target, Table, Of(samples), anyCase: false, cancellationToken);
        if (columns.Find(c => c.IsThere && c.Type != "text" && c.Type != c.Source.TargetType) is { } other)
            throw new RefusedException(
                $"Column {other.Name} of the target's resource_usage has type {other.Type}, but {other.Source.Type} in the original. "
                + other.SameTypeAgain("resource_usage", samples));
        return new([.. columns.Where(c => c.IsThere).Select(c => new ExtraColumn(c.Source, c))], binary);
    }

    /// <summary>The bytes of one value; empty, and <paramref name="isNull"/>, for NULL.</summary>
    public static ReadOnlySpan<byte> Field(ReadOnlySpan<byte> fields, int column, out bool isNull)
    {
        while (true)
        {
            var length = BinaryPrimitives.ReadInt32BigEndian(fields);
            isNull = length < 0;
            fields = fields[4..];
            if (column-- == 0)
                return fields[..Math.Max(0, length)];
            fields = fields[Math.Max(0, length)..];
        }
    }

    /// <summary>One value that travels as text.</summary>
    public static string? Text(ReadOnlySpan<byte> fields, int column)
    {
        var value = Field(fields, column, out var isNull);
        return isNull ? null : Encoding.UTF8.GetString(value);
    }

    /// <summary>Names to append to those of <see cref="LegacySampleColumns"/>.</summary>
    public string Target => string.Concat(Columns.Select(c => $", {c.Target.Quoted}"));

    /// <summary>Expressions over the original's row <c>s</c> to append to those of <see cref="LegacySampleQuery"/>.</summary>
    public string Here => string.Concat(Columns.Select(c => $", {c.Here(Binary)}"));

    /// <summary>Expressions over the target's row to append.</summary>
    public string There => string.Concat(Columns.Select(c => $", {c.There(Binary)}"));
}
