namespace LaunchStack.Agent.Sampling;

/// <summary>Numbers that look random and follow from their key alone (SplitMix64's finalizer).</summary>
internal static class Noise
{
    public static ulong Mix(ulong value)
    {
        value += 0x9e3779b97f4a7c15;
        value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9;
        value = (value ^ (value >> 27)) * 0x94d049bb133111eb;
        return value ^ (value >> 31);
    }

    /// <summary>0 up to, not including, 1.</summary>
    public static double Unit(ulong key, ulong salt, ulong purpose = 0) =>
        (Mix(Mix(key ^ Mix(salt)) ^ purpose) >> 11) * (1.0 / (1UL << 53));
}
