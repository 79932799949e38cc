# The daily commands. `just` lists them.

_default:
    @just --list

# Run an action against the sandbox
demo:
    cargo run -- run --sandbox < examples/get-job.json

# Run every check
test:
    tests/run

# Run the Rust tests whose names contain FILTER
unit FILTER="":
    INSTA_UPDATE=no cargo test --workspace -- {{FILTER}}

# Write schemas, documents and snapshots
update:
    cargo xtask update

# Serve the playground
playground:
    cargo run -- playground

# Fuzz for an hour
fuzz:
    cargo run --release --example fuzz

# Package every crate as it would be published
package:
    cargo publish --workspace --dry-run

# Compare the public API with that of the last tag (needs cargo-semver-checks)
semver:
    cargo semver-checks --workspace --baseline-rev "$(git describe --tags --abbrev=0)"
