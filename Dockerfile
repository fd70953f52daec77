# Made by `cargo saga generate` from saga.yaml; edit that file instead.
# The images of all services, built once. For one of them:
#   docker build --target order --tag metacoding/order:0.1.0 .
# With `--build-arg FEATURES=saga-runtime/tls` the services can reach servers that ask for TLS or for a user; with
# `--build-arg REVISION=$(git rev-parse HEAD)` the image says which source it was made of.
FROM rust:1.95.0-bookworm@sha256:6258907abe69656e41cd992e0b705cdcfabcbbe3db374f92ed2d47121282d4a1 AS build
# The toolchain of this image, whatever rust-toolchain.toml says: nothing is downloaded. zlib is not in the
# image that the services run in, so it is linked into them.
ENV RUSTUP_TOOLCHAIN=1.95.0 LIBZ_SYS_STATIC=1 CARGO_PROFILE_RELEASE_STRIP=debuginfo
WORKDIR /src
COPY Cargo.toml Cargo.lock ./
COPY runtime runtime
COPY step step
COPY generated generated
COPY handlers handlers
ARG FEATURES=""
# The cache outlives this build, and another checkout may have filled it: what was copied counts as new.
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,id=order-target,target=/src/target,sharing=locked \
    find runtime step generated handlers -type f -exec touch {} + \
    && cargo build --release --locked --features "$FEATURES" --package order --package product --package delivery \
    && mkdir /out \
    && cp target/release/order target/release/product target/release/delivery /out/

FROM gcr.io/distroless/cc-debian12:nonroot@sha256:9dac0a79194e45a7da0158a9c6da57b217585af0786db3845d1f0ec1a0dd182f AS base
ARG REVISION=unknown
ARG SOURCE=unknown
LABEL org.opencontainers.image.revision="$REVISION" \
      org.opencontainers.image.source="$SOURCE" \
      org.opencontainers.image.version="0.1.0" \
      org.opencontainers.image.vendor="order" \
      org.opencontainers.image.base.name="gcr.io/distroless/cc-debian12:nonroot" \
      org.opencontainers.image.base.digest="sha256:9dac0a79194e45a7da0158a9c6da57b217585af0786db3845d1f0ec1a0dd182f"
USER 65532:65532

FROM base AS order
LABEL org.opencontainers.image.title="order" \
      org.opencontainers.image.description="The service order of the saga order"
COPY --from=build /out/order /usr/local/bin/order
ENTRYPOINT ["/usr/local/bin/order"]

FROM base AS product
LABEL org.opencontainers.image.title="product" \
      org.opencontainers.image.description="The service product of the saga order"
COPY --from=build /out/product /usr/local/bin/product
ENTRYPOINT ["/usr/local/bin/product"]

FROM base AS delivery
LABEL org.opencontainers.image.title="delivery" \
      org.opencontainers.image.description="The service delivery of the saga order"
COPY --from=build /out/delivery /usr/local/bin/delivery
ENTRYPOINT ["/usr/local/bin/delivery"]
