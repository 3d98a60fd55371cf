using LaunchStack.Usage.Samples;

namespace LaunchStack.TestSupport;

/// <summary>Windows of accepted times that no service has.</summary>
public static class Windows
{
    extension(SampleWindow)
    {
        /// <summary>Everything PostgreSQL can hold.</summary>
        public static SampleWindow Unbounded => new(long.MinValue, long.MaxValue);
    }
}
