using LaunchStack.Migrator.Relations;

namespace LaunchStack.Migrator.Tests.Relations;

/// <summary>The only thing that grows with the rows of users, instances and payments.</summary>
public sealed class RowHashTableTests
{
    [Fact]
    public void A_million_rows_take_32_MB()
    {
        const int rows = 1_000_000;
        var before = GC.GetAllocatedBytesForCurrentThread();
        var table = new RowHashTable(rows);
        for (var row = 0; row < rows; row++)
            table.Get(Id(row)).State = RowState.Here;
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 32_000_000);
        Assert.Equal(rows, table.All.Count());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(5000)]
    public void Each_id_has_its_row_however_many_come(int expected)
    {
        var table = new RowHashTable(expected);
        for (var row = 0; row < 5000; row++)
        {
            Assert.Equal(RowState.None, table.Find(Id(row)).State);
            ref var added = ref table.Get(Id(row));
            (added.Hash, added.State) = ((ulong)row, row % 2 == 0 ? RowState.Here : RowState.There);
        }

        for (var row = 0; row < 5000; row++)
            Assert.Equal((Id(row), (ulong)row), (table.Find(Id(row)).Id, table.Get(Id(row)).Hash));
        Assert.Equal(5000, table.All.Count());
        Assert.Equal(2500, table.In(RowState.There | RowState.Own).Count());
    }

    // Counted up, as some make them.
    private static Guid Id(int row) => new(row, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
}
