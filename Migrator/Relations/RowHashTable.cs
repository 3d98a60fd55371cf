using System.Runtime.InteropServices;

namespace LaunchStack.Migrator.Relations;

/// <summary>What is known of a row.</summary>
[Flags]
internal enum RowState : byte
{
    /// <summary>Nothing: no side has it.</summary>
    None = 0,

    /// <summary>The target holds it.</summary>
    Here = 1,

    /// <summary>Likewise, as an instance that has registered itself.</summary>
    Own = 2,

    /// <summary>The original holds it, and it is to be in the target.</summary>
    There = 4,

    /// <summary>Likewise, and the target does not hold it, or not so.</summary>
    Missing = 8,
}

/// <summary>
/// Rows of both sides by their id. Three relations of a million rows have to fit into memory beside each other, so a row takes 28 bytes and
/// stands once: hashing with linear probing, in one array.
/// </summary>
/// <param name="expected">How many rows there will be; more make the array grow.</param>
internal sealed class RowHashTable(long expected)
{
    private Row[] _rows = new Row[Math.Max(16, checked((int)(expected + (expected / 8))))];
    private int _count;

    /// <summary>A row of either side.</summary>
    [StructLayout(LayoutKind.Sequential, Pack = 1)]
    internal struct Row
    {
        public Guid Id;

        /// <summary>A part of <see cref="RelationRow.Hash"/>: the target's until the original's is known.</summary>
        public ulong Hash;

        public RowState State;

        public readonly bool Is(RowState state) => (State & state) != 0;
    }

    /// <summary>Of 128 bits 64 tell whether a row has changed.</summary>
    public static ulong Part(Guid hash) => MemoryMarshal.Read<ulong>(MemoryMarshal.AsBytes(new ReadOnlySpan<Guid>(ref hash)));

    /// <summary>The row; without a state where there is none, and then not to be given one. Good until the next <see cref="Get"/>.</summary>
    public ref Row Find(Guid id) => ref _rows[PlaceOf(id)];

    /// <summary>The row, which may be new and is to be given a state then; good until the next call.</summary>
    public ref Row Get(Guid id)
    {
        var place = PlaceOf(id);
        if (_rows[place].State == RowState.None)
        {
            if (++_count > _rows.Length - (_rows.Length / 10))
            {
                Grow();
                place = PlaceOf(id);
            }

            _rows[place].Id = id;
        }

        return ref _rows[place];
    }

    /// <summary>All rows, in no order.</summary>
    public IEnumerable<Row> All => _rows.Where(row => row.State != RowState.None);

    /// <summary>Ids of the rows in one of these states.</summary>
    public IEnumerable<Guid> In(RowState state) => _rows.Where(row => row.Is(state)).Select(row => row.Id);

    private void Grow()
    {
        var rows = _rows;
        _rows = new Row[checked(rows.Length + (rows.Length / 2))];
        foreach (var row in rows.Where(row => row.State != RowState.None))
            _rows[PlaceOf(row.Id)] = row;
    }

    private int PlaceOf(Guid id)
    {
        // Ids that somebody has counted up lie far from each other so (Knuth, TAOCP 6.4).
        var place = (int)(((ulong)((uint)id.GetHashCode() * 2654435769) * (ulong)_rows.Length) >> 32);
        while (_rows[place].State != RowState.None && _rows[place].Id != id)
            place = place + 1 == _rows.Length ? 0 : place + 1;
        return place;
    }
}
