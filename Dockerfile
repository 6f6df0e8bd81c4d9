# The version of Python that the tests run on.
ARG PYTHON=3.11

FROM python:${PYTHON}-slim AS build
WORKDIR /src
# Dependencies first: they change less often than the program.
COPY requirements/build.lock requirements/npm.lock requirements/postgres.lock ./requirements/
RUN python -m venv /opt/build \
 && /opt/build/bin/pip install --no-cache-dir --require-hashes -r requirements/build.lock \
 && /opt/build/bin/pip install --no-cache-dir --require-hashes -r requirements/npm.lock \
 && python -m venv /opt/duplistat \
 && /opt/duplistat/bin/pip install --no-cache-dir --require-hashes -r requirements/postgres.lock
COPY package.json package-lock.json .npmrc ./
COPY packaging/assets ./packaging/
RUN PATH=/opt/build/bin:$PATH npm ci --silent --omit=dev && packaging/assets
COPY pyproject.toml README.md LICENSE ./
COPY duplistat ./duplistat
COPY templates ./templates
COPY static ./static
COPY docs ./docs
RUN /opt/build/bin/pip wheel --no-deps --no-build-isolation --wheel-dir /wheels . \
 && /opt/duplistat/bin/pip install --no-cache-dir --no-deps --no-index /wheels/*.whl \
 && /opt/duplistat/bin/python -m compileall -q /opt/duplistat/lib \
 && /opt/duplistat/bin/pip uninstall --yes --quiet pip

FROM python:${PYTHON}-slim
RUN groupadd --gid 1000 duplistat \
 && useradd --uid 1000 --gid 1000 --no-create-home --home-dir /data --shell /usr/sbin/nologin duplistat \
 && install -d -o 1000 -g 1000 -m 0700 /data
COPY --from=build /opt/duplistat /opt/duplistat
# Nothing but /data and /tmp is ever written to: the image works with --read-only --tmpfs /tmp.
ENV PATH=/opt/duplistat/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    DUPLISTAT_DATA=/data \
    DUPLISTAT_SERVER_HOST=0.0.0.0
USER 1000:1000
WORKDIR /data
VOLUME /data
EXPOSE 9666
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as r; r.urlopen('http://127.0.0.1:' + os.environ.get('DUPLISTAT_SERVER_PORT', '9666') + '/api/ping', timeout=4)"]
ENTRYPOINT ["duplistat"]
CMD ["serve"]
