# A machine for members of a cluster. Build it after Redoubt itself, from the project's folder:
#
#   mvn package -DskipTests && docker build -t redoubt .
#
# Where no registry is within reach, containers/make-base makes a base: --build-arg BASE=redoubt-base
ARG BASE=eclipse-temurin:25-jre
FROM ${BASE}

# Networks are cut by iptables in the machine's own namespace.
RUN command -v iptables >/dev/null || \
    { apt-get update && apt-get install -y --no-install-recommends iptables && rm -rf /var/lib/apt/lists/*; }

RUN useradd --uid 10001 --create-home redoubt
COPY containers/machine containers/health /opt/redoubt/bin/
COPY cli/target/redoubt/lib /opt/redoubt/lib

LABEL dev.redoubt=machine
USER redoubt
WORKDIR /home/redoubt
HEALTHCHECK --interval=5s --timeout=3s --start-period=5s --retries=3 CMD ["/opt/redoubt/bin/health"]
ENTRYPOINT ["/opt/redoubt/bin/machine"]
