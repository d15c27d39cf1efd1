# The image of every node: SERVICES says which part of Starling it runs. `docker build -t starling .`

FROM node:24-slim AS web
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# Install scripts only add a Node.js, which this image already has.
RUN npm ci --ignore-scripts
COPY . .
RUN node web/build.ts && test -f web/dist/index.html

FROM node:24-slim AS modules
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --ignore-scripts

FROM node:24-slim
ENV NODE_ENV=production DATA_DIR=/data
WORKDIR /app
COPY --from=modules /app/node_modules ./node_modules
COPY package.json server.ts run-node.ts create-node.ts moleculer.config.ts ./
COPY config ./config
COPY lib ./lib
COPY contract ./contract
COPY broker ./broker
COPY mixins ./mixins
COPY seams ./seams
COPY services ./services
COPY ops ./ops
COPY web/build.ts ./web/build.ts
COPY --from=web /app/web/dist ./web/dist
# Root owns the files, so the process can't change them. The user is a number, so Kubernetes can tell that it is not root.
RUN mkdir /data && chown 1000:1000 /data
USER 1000:1000
VOLUME /data
EXPOSE 3000
HEALTHCHECK --interval=5s --timeout=3s --start-period=60s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT || 3000}/health/ready`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# No init is needed: the process handles SIGTERM itself, and has no child processes.
CMD ["node", "server.ts"]
