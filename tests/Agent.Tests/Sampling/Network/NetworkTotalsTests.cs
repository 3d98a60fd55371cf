using CsCheck;
using LaunchStack.Agent.Sampling.Network;

namespace LaunchStack.Agent.Tests.Sampling.Network;

public class NetworkTotalsTests
{
    private enum Kind
    {
        Traffic,
        Come,
        Go,
        Reset,
        Reboot,
        Read,
    }

    private static readonly Gen<(Kind Kind, int Device, int Bytes)[]> Events = Gen.Select(
        Gen.Frequency((5, Kind.Traffic), (2, Kind.Come), (2, Kind.Go), (1, Kind.Reset), (1, Kind.Reboot), (5, Kind.Read)),
        Gen.Int[0, 3],
        Gen.Int[0, 1000]).Array[1, 60];

    [Fact]
    public void The_total_never_falls_and_grows_by_what_known_devices_moved() => Events.Sample(events =>
    {
        var (devices, next, boot) = (new List<NetworkDevice>(), 1, 0);
        NetworkState? state = null;
        foreach (var (kind, number, bytes) in events)
        {
            var place = devices.Count == 0 ? -1 : number % devices.Count;
            switch (kind)
            {
                case Kind.Come:
                    // The same name again and again, as of an adapter plugged in anew; it brings what it counted elsewhere.
                    devices.Add(new($"eth{number}", next++, bytes, 2 * bytes));
                    break;
                case Kind.Traffic when place >= 0:
                    devices[place] = devices[place] with { In = devices[place].In + bytes, Out = devices[place].Out + bytes };
                    break;
                case Kind.Reset when place >= 0:
                    devices[place] = devices[place] with { In = 0, Out = 0 };
                    break;
                case Kind.Go when place >= 0:
                    devices.RemoveAt(place);
                    break;
                case Kind.Reboot:
                    boot++;
                    devices = devices.ConvertAll(device => device with { In = bytes, Out = bytes });
                    break;
                case Kind.Read:
                    var before = state;
                    state = NetworkTotals.Advance(before, $"boot {boot}", [.. devices]);
                    Assert.Equal((before?.In ?? 0) + Expected(before, devices, $"boot {boot}", device => device.In), state.In);
                    Assert.Equal((before?.Out ?? 0) + Expected(before, devices, $"boot {boot}", device => device.Out), state.Out);
                    break;
            }
        }
    });

    [Fact]
    public void Numbers_beyond_any_traffic_do_not_make_it_fall()
    {
        var state = NetworkTotals.Advance(null, "b", [new("eth0", 1, long.MaxValue, 1), new("eth1", 2, long.MaxValue, 1)]);
        Assert.Equal((long.MaxValue, 2), (state.In, state.Out));
    }

    [Fact]
    public void A_boot_not_known_is_taken_for_the_same()
    {
        var state = NetworkTotals.Advance(null, "b", [new("eth0", 1, 100, 100)]);
        state = NetworkTotals.Advance(state, null, [new("eth0", 1, 50, 130)]);
        Assert.Equal((100, 130), (state.In, state.Out));
        state = NetworkTotals.Advance(state, "b", [new("eth0", 1, 60, 130)]);
        Assert.Equal((110, 130), (state.In, state.Out));
    }

    private static long Expected(NetworkState? before, List<NetworkDevice> now, string boot, Func<NetworkDevice, long> count) => before is null || before.Boot != boot
        ? now.Sum(count)
        : now.Sum(device => before.Devices.SingleOrDefault(known => known.Index == device.Index) is { } known ? Math.Max(0, count(device) - count(known)) : 0);
}
