# One image; compose gives it different commands.

FROM node:22-slim AS console
WORKDIR /build
COPY console/package.json console/package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY console/ ./
RUN npm run build

FROM python:3.13-slim AS wheel
WORKDIR /build
COPY deploy/image/build.lock deploy/image/
RUN pip install --no-cache-dir --require-hashes -r deploy/image/build.lock
COPY . .
COPY --from=console /build/dist console/dist
RUN pip wheel --no-deps --no-build-isolation --wheel-dir /wheel .

FROM python:3.13-slim
RUN useradd --system --uid 10001 --home-dir /nonexistent --shell /usr/sbin/nologin hengjian \
    && install -d -o hengjian -g hengjian /var/lib/hengjian
COPY deploy/image/requirements.lock /tmp/requirements.lock
RUN pip install --no-cache-dir --require-hashes -r /tmp/requirements.lock && rm /tmp/requirements.lock
COPY --from=wheel /wheel/*.whl /tmp/
RUN pip install --no-cache-dir --no-deps /tmp/*.whl && rm /tmp/*.whl
USER hengjian
WORKDIR /var/lib/hengjian
ENV PYTHONUNBUFFERED=1
ENTRYPOINT ["hengjian"]
CMD ["--help"]
