# Written by `aspire publish`: operations with the tools of PostgreSQL that make backups and try them.
ARG IMAGE
FROM ${IMAGE}
ARG POSTGRESQL_MAJOR
USER root
# A new volume takes its owner from here.
RUN apk add --no-cache postgresql${POSTGRESQL_MAJOR}-client && install -d -o 1654 /backups
USER 1654
