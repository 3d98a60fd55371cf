using Npgsql;

namespace LaunchStack.ServiceDefaults.Tests;

public sealed class TimescaleExtensionsTests
{
    [Fact]
    public void What_the_connection_string_leaves_open_is_set()
    {
        var set = new NpgsqlConnectionStringBuilder(TimescaleExtensions.Complete("Host=db", maxPoolSize: 12));
        Assert.Equal((12, 5, 50, 18, 3), (set.MaxPoolSize, set.Timeout, set.MaxAutoPrepare, set.TcpKeepAliveTime, set.TcpKeepAliveInterval));
        Assert.True(set.NoResetOnClose);
        Assert.Equal("db", set.Host);
    }

    [Fact]
    public void What_it_says_stays()
    {
        var set = new NpgsqlConnectionStringBuilder(TimescaleExtensions.Complete(
            "Host=db;MaxPoolSize=7;timeout=30;Max Auto Prepare=0;TcpKeepAliveTime=60;TCP Keepalive Interval=9", maxPoolSize: 12));
        Assert.Equal((7, 30, 0, 60, 9), (set.MaxPoolSize, set.Timeout, set.MaxAutoPrepare, set.TcpKeepAliveTime, set.TcpKeepAliveInterval));
    }
}
