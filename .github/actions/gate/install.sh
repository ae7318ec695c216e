#!/usr/bin/env bash
# Installs `cargo alignspec` of the very revision that this action is of: from the cache, or from a release that was
# built from the same sources and has the checksum that was published for it, or else by building it. Whatever is not
# known to be that is not run.
# REPOSITORY is alignspec's own, as OWNER/NAME; without it no release is looked for.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$RUNNER_TEMP/alignspec-cli
binary=$root/bin/cargo-alignspec
told=$("$here/sources.sh")
of() { # NAME: what sources.sh says of it
  sed -n "s/^$1=//p" <<<"$told"
}
version=$(of version)
target=$(of target)
sources=$(of sources)

sha256() { # FILE: its checksum alone
  local sum
  if command -v sha256sum >/dev/null; then sum=$(sha256sum "$1"); else sum=$(shasum -a 256 "$1"); fi
  printf '%s' "${sum%% *}"
}

runs() { # BINARY: whether it runs here, and says that it is of this version
  [ "$("$1" --version 2>/dev/null)" = "cargo alignspec $version" ]
}

warn() { # TEXT
  printf '::warning title=alignspec::%s\n' "$1"
}

cached() { # whether the cache gave this revision's binary
  [ -f "$binary" ] && [ "$(cat "$root/sources" 2>/dev/null)" = "$sources" ] && runs "$binary"
}

get() { # NAME FILE: one asset of the release; 0, 4 where there is none, 1 where that cannot be known
  local server=${GITHUB_SERVER_URL:-https://github.com} scheme status
  case $server in
    https://*) scheme='=https' ;;
    http://127.0.0.1:*) scheme='=http' ;; # a test
    *) return 1 ;;
  esac
  status=$(curl --silent --show-error --location --proto "$scheme" --proto-redir "$scheme" --max-time 120 \
    --max-filesize 200000000 --output "$2" --write-out '%{http_code}' \
    "$server/$REPOSITORY/releases/download/v$version/$1") || status="no answer"
  case $status in
    200) return 0 ;;
    404) return 4 ;;
    *)
      warn "the release v$version could not be had ($1: $status), so cargo alignspec is built instead"
      return 1
      ;;
  esac
}

released() { # whether a release has a binary of these very sources, which is installed then
  local work name code=0 published
  case ${REPOSITORY:-} in
    '' | *[!A-Za-z0-9._/-]* | */*/* | *..*) return 1 ;;
    */*) ;;
    *) return 1 ;;
  esac
  if [ "$target" = none ] || ! command -v curl >/dev/null || ! command -v tar >/dev/null; then
    return 1
  fi
  work=$(mktemp -d "$RUNNER_TEMP/alignspec-release.XXXXXX") || return 1
  name=cargo-alignspec-$target.tar.gz
  get "$name.sha256" "$work/sums" || code=$?
  if [ "$code" -ne 0 ]; then
    [ "$code" -ne 4 ] || printf 'there is no release v%s for %s: cargo alignspec is built\n' "$version" "$target"
    return 1
  fi
  # A file of two lines: the checksum of the archive, and of the sources that it was built from.
  if ! grep -qx "$sources  sources" "$work/sums"; then
    printf 'the release v%s is of other sources than this revision of the action: cargo alignspec is built\n' "$version"
    return 1
  fi
  get "$name" "$work/$name" || return 1
  published=$(sed -n "s/^\([0-9a-f]\{64\}\)  $name\$/\1/p" "$work/sums")
  if [ -z "$published" ] || [ "$(sha256 "$work/$name")" != "$published" ]; then
    warn "$name of the release v$version does not have the checksum that was published for it: it is not run, and cargo alignspec is built instead"
    return 1
  fi
  mkdir "$work/out" || return 1
  if ! tar -xzf "$work/$name" -C "$work/out" cargo-alignspec || [ -L "$work/out/cargo-alignspec" ] ||
    ! runs "$work/out/cargo-alignspec"; then
    warn "$name of the release v$version does not run here, so cargo alignspec is built instead"
    return 1
  fi
  mkdir -p "$root/bin" && mv -f "$work/out/cargo-alignspec" "$binary"
}

if cached; then
  printf 'cargo alignspec %s comes from the cache\n' "$version"
  exit 0
fi
rm -rf "$root"
if released; then
  printf 'cargo alignspec %s comes from the release\n' "$version"
else
  rm -rf "$root"
  if ! command -v cargo >/dev/null; then
    printf 'error: cargo alignspec has to be built, and there is no cargo here: install a Rust toolchain in a step before\n' >&2
    exit 1
  fi
  cargo install --locked --quiet --features cli --root "$root" --path "$here/../../.."
  printf 'cargo alignspec %s was built\n' "$version"
fi
printf '%s\n' "$sources" >"$root/sources"
