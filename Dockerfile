# whichad in a container: docs/deployment.md#containers. Built from the lock, every file by its hash; runs as nobody.
ARG PYTHON=3.11-slim-bookworm

FROM python:${PYTHON} AS build
WORKDIR /src
COPY requirements.lock ./
RUN python -m venv /opt/whichad && \
    /opt/whichad/bin/python -m pip --disable-pip-version-check install --no-cache-dir --require-hashes -r requirements.lock
# What not everybody needs, each from a lock of its own: --build-arg EXTRAS="apprise oidc otel", or some of them.
ARG EXTRAS=""
COPY .ci/extras ./.ci/extras
RUN for extra in ${EXTRAS}; do \
        /opt/whichad/bin/python -m pip --disable-pip-version-check install --no-cache-dir --require-hashes \
            -r ".ci/extras/${extra}.lock" || exit 1; \
    done
COPY pyproject.toml README.md LICENSE whichad.py ./
COPY ingest ./ingest
COPY analytics ./analytics
COPY dashboard ./dashboard
RUN /opt/whichad/bin/python -m pip --disable-pip-version-check install --no-cache-dir --no-deps --no-build-isolation . && \
    /opt/whichad/bin/python -m pip uninstall --yes pip setuptools

FROM python:${PYTHON}
# One numeric user for all services of one volume: its files are 0600, and a mounted folder needs no name of it.
RUN install -d -o 10001 -g 10001 -m 0750 /whichad
COPY --from=build /opt/whichad /opt/whichad
ENV PATH=/opt/whichad/bin:$PATH \
    HOME=/whichad \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    WHICHAD_INGEST__HOST=0.0.0.0 \
    WHICHAD_DASHBOARD__HOST=0.0.0.0
USER 10001:10001
WORKDIR /whichad
# whichad.toml, secrets/ and data/. All else can be read-only, but for /tmp.
VOLUME ["/whichad"]
EXPOSE 8080 8050
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8081/readyz', timeout=4)"]
ENTRYPOINT ["whichad"]
CMD ["up"]
