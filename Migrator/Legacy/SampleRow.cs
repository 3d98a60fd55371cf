namespace LaunchStack.Migrator.Legacy;

/// <summary>A sample as both sides give it, undecoded where that costs: times in PostgreSQL's microseconds since 2000.</summary>
internal struct SampleRow
{
    public Guid InstanceId;
    public long Timestamp;
    public double CpuUsage;
    public long MemoryUsage;
    public long MemoryLimit;
    public long DiskUsage;
    public long NetworkIn;
    public long NetworkOut;
    public long CreatedAt;
    public long DeletedAt;

    /// <summary>Bit n: column n (order of the fields) is NULL.</summary>
    public ushort Nulls;

    /// <summary>Number of the column whose value could not be read as its type, plus one; 0 for none.</summary>
    public short Fault;

    /// <summary>Where the buffer keeps the row's further values; see <see cref="SampleBuffer.Extras"/>.</summary>
    public int Extras;

    /// <summary>Where the row lies in its table: block and item; 0 where it cannot be told.</summary>
    public long Place;

    /// <summary>The whole row, only where <see cref="Place"/> cannot bring it back later.</summary>
    public string? Json;

    public const int Instance = 0;
    public const int Time = 1;
    public const int Cpu = 2;
    public const int FirstSize = 3;
    public const int Received = 8;
    public const int Deleted = 9;

    public readonly bool IsNull(int column) => (Nulls & (1 << column)) != 0;

    /// <summary>It had a time of creation that cannot be, which <see cref="LegacySampleRules"/> took away. A NULL is 0, which can be.</summary>
    public readonly bool IsRedated => IsNull(Received) && CreatedAt != 0;

    /// <summary>Without a time of creation, the sample's own stands for when it was received.</summary>
    public long ReceivedAt
    {
        readonly get => IsNull(Received) ? Timestamp : CreatedAt;
        set => (CreatedAt, Nulls) = (value, (ushort)(Nulls & ~(1 << Received)));
    }

    /// <summary>A measure by its column, 3 (memory_usage) to 7 (network_out).</summary>
    public readonly long Size(int column) => column switch
    {
        3 => MemoryUsage,
        4 => MemoryLimit,
        5 => DiskUsage,
        6 => NetworkIn,
        _ => NetworkOut,
    };

    public void Set(int column, long value)
    {
        switch (column)
        {
            case Time: Timestamp = value; break;
            case 3: MemoryUsage = value; break;
            case 4: MemoryLimit = value; break;
            case 5: DiskUsage = value; break;
            case 6: NetworkIn = value; break;
            case 7: NetworkOut = value; break;
            case Received: CreatedAt = value; break;
            default: DeletedAt = value; break;
        }
    }
}
