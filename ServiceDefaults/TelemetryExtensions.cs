using System.Diagnostics.Metrics;
using MassTransit.Logging;
using MassTransit.Monitoring;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace LaunchStack.ServiceDefaults;

/// <summary>Traces, metrics and logs by OTLP. The names of our own are listed in docs/telemetry.md.</summary>
public static class TelemetryExtensions
{
    /// <summary>Prefix of every ActivitySource and Meter of this system.</summary>
    public const string SourcePrefix = "LaunchStack.*";

    // https://opentelemetry.io/docs/specs/semconv/http/http-metrics/#metric-httpserverrequestduration
    private static readonly double[] Seconds = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

    /// <summary>
    /// Adds telemetry; it is exported where <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> points. Without it nothing is recorded either:
    /// spans that nobody receives would cost every small request its share.
    /// </summary>
    public static TBuilder AddTelemetry<TBuilder>(this TBuilder builder)
        where TBuilder : IHostApplicationBuilder
    {
        if (!IsExported(builder.Configuration))
            return builder;

        builder.Logging.AddOpenTelemetry(logging =>
        {
            logging.IncludeFormattedMessage = true;
            logging.IncludeScopes = true;
        });

        builder.Services.AddOpenTelemetry()
            .WithMetrics(metrics => metrics
                .AddAspNetCoreInstrumentation()
                .AddHttpClientInstrumentation()
                .AddRuntimeInstrumentation()
                .AddMeter(InstrumentationOptions.MeterName)
                .AddMeter(SourcePrefix)
                .AddView(BucketsOfSeconds))
            .WithTracing(tracing => tracing
                .AddSource(builder.Environment.ApplicationName)
                .AddSource(SourcePrefix)
                .AddSource(DiagnosticHeaders.DefaultListenerName)
                .AddAspNetCoreInstrumentation(options =>
                    options.Filter = context => !HealthExtensions.IsHealthPath(context.Request.Path))
                .AddHttpClientInstrumentation())
            .UseOtlpExporter();
        return builder;
    }

    /// <summary>Whether telemetry goes anywhere.</summary>
    public static bool IsExported(IConfiguration configuration) => !string.IsNullOrWhiteSpace(configuration["OTEL_EXPORTER_OTLP_ENDPOINT"]);

    /// <summary>The SDK's own buckets are made for milliseconds: all our durations would fall into the first.</summary>
    private static ExplicitBucketHistogramConfiguration? BucketsOfSeconds(Instrument instrument) =>
        instrument is Histogram<double> { Unit: "s" } && instrument.Meter.Name.StartsWith("LaunchStack.", StringComparison.Ordinal)
            ? new() { Boundaries = Seconds }
            : null;
}
