# One file, three images: --target hooks, --target channel (the receiver), --target dispatcher.
ARG NODE_IMAGE=node:24-bookworm-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts
COPY tsconfig.json tsconfig.build.json ./
COPY contract contract
COPY runtime runtime
COPY hooks hooks
COPY dataplane dataplane
COPY scripts scripts
RUN npm run build

FROM ${NODE_IMAGE} AS dependencies
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --omit=dev

FROM ${NODE_IMAGE} AS runtime
WORKDIR /app
ENV NODE_ENV=production
COPY package.json ./
USER 65532:65532

FROM runtime AS hooks
COPY --from=dependencies /app/node_modules node_modules
COPY --from=build /app/dist/contract dist/contract
COPY --from=build /app/dist/runtime dist/runtime
COPY --from=build /app/dist/hooks dist/hooks
CMD ["node", "--enable-source-maps", "dist/hooks/main.js"]

# The two of the data plane are bundles; what cannot be in one is native code.
FROM runtime AS dataplane
# What is freed goes back to the system: otherwise glibc keeps it, in an arena for each thread. Figures: docs/performance.md.
ENV MALLOC_ARENA_MAX=1 MALLOC_MMAP_THRESHOLD_=131072 MALLOC_TRIM_THRESHOLD_=131072
COPY --from=dependencies /app/node_modules/@node-rs node_modules/@node-rs

FROM dataplane AS channel
COPY --from=build /app/dist/dataplane/receiver dist/dataplane/receiver
# Garbage is collected when it is half as much as what lives: without it, memory under a flood was bounded by V8 alone. Figures: docs/performance.md.
CMD ["node", "--max-semi-space-size=8", "--heap-growing-percent=50", "dist/dataplane/receiver/main.js"]

FROM dataplane AS dispatcher
COPY --from=build /app/dist/dataplane/dispatcher dist/dataplane/dispatcher
# Garbage is collected in quiet times (--expose-gc).
CMD ["node", "--expose-gc", "--max-semi-space-size=8", "dist/dataplane/dispatcher/main.js"]
