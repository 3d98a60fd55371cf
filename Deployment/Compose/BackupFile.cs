using LaunchStack.Deployment.Model;

namespace LaunchStack.Deployment.Compose;

/// <summary>Dockerfile of a service that makes backups: its image and PostgreSQL's tools of the server's major version.</summary>
internal static class BackupFile
{
    public static string NameOf(Workload service) => $"{service.Name}.Dockerfile";

    public static string Write(Workload service, string path) =>
        $$"""
        # Written by `aspire publish`: {{service.Name}} with the tools of PostgreSQL that make backups and try them.
        ARG IMAGE
        FROM ${IMAGE}
        ARG POSTGRESQL_MAJOR
        USER root
        # A new volume takes its owner from here.
        RUN apk add --no-cache postgresql${POSTGRESQL_MAJOR}-client && install -d -o 1654 {{path}}
        USER 1654

        """;
}
