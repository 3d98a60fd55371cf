using LaunchStack.Migrator.Database;

namespace LaunchStack.Migrator.Tests.Database;

/// <summary>What goes with one statement is bounded by bytes, whatever one row holds.</summary>
public sealed class RowBatchTests
{
    [Theory]
    [InlineData(10 << 20, 1)]
    [InlineData(1 << 20, 4)]
    [InlineData(100, 1000)]
    public void It_is_full_by_bytes_before_it_is_by_rows(int bytes, int expected)
    {
        var batch = new RowBatch<int>();
        for (var turn = 0; turn < 2; turn++)
        {
            var rows = 0;
            for (; !batch.IsFull; rows++)
                batch.Add(rows, bytes);
            Assert.Equal(expected, rows);
            Assert.Equal(expected, batch.Take().Count);
            Assert.False(batch.IsFull);
        }
    }
}
