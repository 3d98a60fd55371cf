namespace LaunchStack.Agent.Sampling.Network;

/// <summary>
/// One counter from many devices. It begins with what they have counted since they are there, and grows by what each of them counts
/// from one reading to the next; so a device that goes takes nothing away, and one that comes brings nothing along.
/// </summary>
internal static class NetworkTotals
{
    /// <param name="state">After the reading before; null at the first.</param>
    /// <param name="boot">The kernel's run; null where it is not known.</param>
    /// <param name="devices">Those there are now.</param>
    public static NetworkState Advance(NetworkState? state, string? boot, IReadOnlyList<NetworkDevice> devices)
    {
        var isFirst = state is null;
        // A machine that started again has counted anew, and all of it is new.
        var isNewBoot = state?.Boot is { } before && boot is not null && boot != before;
        var (received, sent) = (state?.In ?? 0, state?.Out ?? 0);
        foreach (var device in devices)
        {
            var last = isFirst || isNewBoot
                ? device with { In = 0, Out = 0 }
                : state!.Devices.FirstOrDefault(known => known.Name == device.Name && known.Index == device.Index) ?? device;
            received = Add(received, device.In - last.In);
            sent = Add(sent, device.Out - last.Out);
        }

        return new(boot ?? state?.Boot, received, sent, devices);
    }

    /// <summary>A device whose count fell has begun anew; what it counted in between is not known, and nothing is made up.</summary>
    private static long Add(long total, long increase) => increase <= 0 ? total : total > long.MaxValue - increase ? long.MaxValue : total + increase;
}
