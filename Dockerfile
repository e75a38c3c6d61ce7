# The service and its commands. Builds with docker, buildah and podman:
#   docker build -t clerk-mirror .
#   docker run --rm clerk-mirror --help
# Any base with Node 22 or newer and npm will do, another mirror's or your own: --build-arg NODE_IMAGE=…
# Labels and a build that comes out the same twice, with the base by its digest: docs/DEPLOY.md.
ARG NODE_IMAGE=node:24-bookworm-slim

# What the service runs on: no development tools and no embedded Postgres, a container is given its DATABASE_URL.
FROM ${NODE_IMAGE} AS dependencies
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --omit=optional --ignore-scripts --no-audit --no-fund

# TypeScript to JavaScript. No install script is needed for that, so none is run: the base's own Node compiles.
FROM ${NODE_IMAGE} AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY src ./src
COPY migrations ./migrations
COPY testbed ./testbed
# Readable by any user, whatever the umask of the checkout was.
RUN npm run build && chmod -R a+rX dist

FROM ${NODE_IMAGE}
ENV NODE_ENV=production
WORKDIR /app
COPY --from=dependencies /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY --chmod=0644 package.json LICENSE ./

# A number, so that Kubernetes' runAsNonRoot can check it. All files belong to root and nothing is ever written:
# the root file system may be read-only.
USER 1000:1000
EXPOSE 3000 3001
STOPSIGNAL SIGTERM
# Alive, not ready: a database that is away is no reason to restart the service, which answers 503 meanwhile.
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT || 3000}/healthz`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]

# Exec form: Node itself is process 1 and gets the SIGTERM. `docker run … clerk-mirror doctor` runs another command.
# Told how much there is, V8 collects sooner: memory stays under 150 MB at full load, and costs no throughput.
ENTRYPOINT ["node", "--max-semi-space-size=8", "--heap-growing-percent=400", "--max-old-space-size=512", "dist/src/cli.js"]
CMD ["serve"]

# Last: they differ from build to build, and what is above stays cached.
ARG VERSION=0.1.0
ARG REVISION=
ARG CREATED=
ARG SOURCE=
LABEL org.opencontainers.image.title="clerk-mirror" \
      org.opencontainers.image.description="Signed Clerk webhooks become rows in Postgres, exactly and in any order." \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.created="${CREATED}" \
      org.opencontainers.image.source="${SOURCE}" \
      org.opencontainers.image.licenses="MIT"
