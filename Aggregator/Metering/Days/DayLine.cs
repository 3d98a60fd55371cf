using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace LaunchStack.Aggregator.Metering.Days;

/// <summary>What an instance used on a day of UTC: a function of its samples and of nothing else.</summary>
/// <param name="InstanceId">The instance.</param>
/// <param name="Day">The day.</param>
/// <param name="Quantities">What was used.</param>
/// <param name="Samples">Samples of the day.</param>
/// <param name="Restarts">Samples at which a counter had fallen.</param>
/// <param name="MaxGapMs">How long a sample of this day speaks at most.</param>
/// <param name="Opening">What reached into the day, as <see cref="DayOpening"/> writes it.</param>
/// <param name="RowsDigest">SHA-256 over the canonical rows, lower-case hexadecimal.</param>
internal sealed record DayLine(
    Guid InstanceId, DateOnly Day, Quantities Quantities, int Samples, int Restarts, long MaxGapMs, string Opening, string RowsDigest)
{
    /// <summary>
    /// The line as text, what its digest is taken over (docs/metering.md, "The canonical text"). Whatever a line says is in it, but not
    /// the cutoff: a line that is computed again without a change keeps its digest.
    /// </summary>
    public string Canonical() => string.Create(CultureInfo.InvariantCulture,
        $"""
        launchstack day line 1
        instance={InstanceId:D}
        day={Day:yyyy-MM-dd}
        opening={Opening}
        max_gap_ms={MaxGapMs}
        samples={Samples}
        rows_sha256={RowsDigest}
        cpu_core_ns={Quantities.CpuCoreNs}
        memory_byte_ms={Quantities.MemoryByteMs}
        disk_byte_ms={Quantities.DiskByteMs}
        network_in_bytes={Quantities.NetworkInBytes}
        network_out_bytes={Quantities.NetworkOutBytes}
        covered_ms={Quantities.CoveredMs}
        uncovered_ms={Quantities.UncoveredMs}
        restarts={Restarts}

        """).ReplaceLineEndings("\n");

    /// <summary>SHA-256 over the canonical text in UTF-8, lower-case hexadecimal.</summary>
    public string Digest() => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Canonical())));
}
