namespace LaunchStack.Usage.Writing;

/// <summary>
/// The keys that this process committed last, by their hashes: of a sample that is sent again it is known beforehand that it is there, and
/// its commit need not be refused first. A hint only: other processes write too, and of two keys in one slot the later one stays.
/// Thread-safe.
/// </summary>
internal sealed class RecentKeys
{
    // 8 MB; 1,000 instances that report every 10 s fill it in three hours. A power of two.
    private const int Slots = 1 << 20;

    private readonly ulong[] _hashes = new ulong[Slots];

    /// <summary>Positions of a set whose keys were committed lately, in their order.</summary>
    public List<int> In(CommitSet set)
    {
        var found = new List<int>();
        for (var position = 0; position < set.Count; position++)
        {
            var hash = Hash(set.Key(position));
            if (Volatile.Read(ref _hashes[hash % Slots]) == hash)
                found.Add(position);
        }
        return found;
    }

    /// <summary>Notes the keys of a set that is committed.</summary>
    public void Add(CommitSet set)
    {
        for (var position = 0; position < set.Count; position++)
        {
            var hash = Hash(set.Key(position));
            Volatile.Write(ref _hashes[hash % Slots], hash);
        }
    }

    // Multiplied by odd constants (those of https://github.com/Cyan4973/xxHash), since ids may be numbered and times are whole seconds.
    private static ulong Hash(in CommitRow key)
    {
        var hash = (key.High * 0x9E3779B185EBCA87) ^ ulong.RotateLeft(key.Low * 0xC2B2AE3D27D4EB4F, 31) ^ ulong.RotateLeft((ulong)key.Time * 0x165667B19E3779F9, 17);
        hash = (hash ^ (hash >> 33)) * 0xC2B2AE3D27D4EB4F;
        return hash ^ (hash >> 29);
    }
}
