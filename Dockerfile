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
RUN npm run build

FROM ${NODE_IMAGE} AS dependencies
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --omit=dev

FROM ${NODE_IMAGE} AS runtime
WORKDIR /app
ENV NODE_ENV=production
COPY package.json ./
COPY --from=dependencies /app/node_modules node_modules
COPY --from=build /app/dist/contract dist/contract
COPY --from=build /app/dist/runtime dist/runtime
USER 65532:65532

FROM runtime AS hooks
COPY --from=build /app/dist/hooks dist/hooks
CMD ["node", "--enable-source-maps", "dist/hooks/main.js"]

FROM runtime AS channel
COPY --from=build /app/dist/dataplane dist/dataplane
CMD ["node", "--enable-source-maps", "dist/dataplane/receiver/main.js"]

FROM runtime AS dispatcher
COPY --from=build /app/dist/dataplane dist/dataplane
CMD ["node", "--enable-source-maps", "dist/dataplane/dispatcher/main.js"]
