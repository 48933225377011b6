# Shared by ./run and ./check: packages, configure, build. Sourced, never run.
# shellcheck shell=bash

# shellcheck disable=SC2034,SC2154
build="$root/build/release"
stamp="$build/.wafercast-built"

packages_build=(cmake g++ libboost-graph-dev libcli11-dev libeigen3-dev libnlopt-cxx-dev libnlopt-dev
    libsqlite3-dev libtomlplusplus-dev ninja-build nlohmann-json3-dev)
packages_gui=(qt6-base-dev qt6-svg-dev)
packages_test=(libgtest-dev librapidcheck-dev)

say() { printf '%s\n' "wafercast: $*" >&2; }

fail() {
    say "$*"
    exit 3
}

with_gui() { [ "${WAFERCAST_BUILD_GUI:-ON}" != OFF ]; }

missing_packages() {
    local package status
    for package in "$@"; do
        status=$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null || true)
        [ "$status" = installed ] || printf '%s\n' "$package"
    done
}

# Installs what is missing among the named packages; on systems without dpkg CMake reports what it lacks.
install_packages() {
    command -v dpkg-query >/dev/null && command -v apt-get >/dev/null || return 0
    local missing=()
    mapfile -t missing < <(missing_packages "$@")
    [ "${#missing[@]}" -gt 0 ] || return 0
    local sudo=()
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null ||
            fail "please install as root: apt-get install ${missing[*]}"
        sudo=(sudo)
    fi
    say "installing ${#missing[@]} packages: ${missing[*]}"
    mkdir -p "$build"
    "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get update -qq >"$build/apt.log" 2>&1 ||
        say "apt-get update reported problems, going on (log: build/release/apt.log)"
    if ! "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
        "${missing[@]}" >>"$build/apt.log" 2>&1; then
        tail -n 15 "$build/apt.log" >&2
        fail "apt-get could not install the packages above (log: build/release/apt.log)"
    fi
}

# True when the programs are there and no source, and no folder of sources, changed since they were built. Catalog entries and
# designs are read where they lie, so editing or adding one needs no build.
is_fresh() {
    [ -f "$stamp" ] && [ -x "$build/bin/wafercast" ] && [ "$(cat "$stamp")" = "$root" ] || return 1
    local newer
    newer=$(find "$root/CMakeLists.txt" "$root/CMakePresets.json" "$root/engine" "$root/models" \
        "$root/data" "$root/optimizers" "$root/plugins" "$root/app" "$root/resources" \
        "$root/tests/benchmarks" \
        \( -path "$root/data/catalog" -o -path "$root/data/designs" -o -path "$root/data/studies" \) -prune -o \
        ! -path "$root/data" -newer "$stamp" -print -quit)
    [ -z "$newer" ]
}

# Before a build: a build folder that came from another place is started afresh, and the moment is kept.
begin_build() {
    local cache="$build/CMakeCache.txt"
    if [ -f "$cache" ] && ! grep -qxF "CMAKE_HOME_DIRECTORY:INTERNAL=$root" "$cache"; then
        say "build/release was made in another folder: starting it afresh"
        rm -rf "$build"
    fi
    mkdir -p "$build"
    touch "$build/.wafercast-begun"
}

# After a build: sources newer than its begin, not its end, ask for another.
end_build() {
    printf '%s' "$root" >"$stamp"
    touch -r "$build/.wafercast-begun" "$stamp"
}

# configure ARGS...: the preset release
configure() {
    if ! (cd "$root" && cmake --preset release "$@") >"$build/configure.log" 2>&1; then
        tail -n 30 "$build/configure.log" >&2
        fail "CMake could not configure (log: build/release/configure.log)"
    fi
}

# build_targets TARGETS...
build_targets() {
    local jobs
    jobs=$(nproc 2>/dev/null || echo 2)
    if [ -t 2 ]; then
        ninja -C "$build" -j "$jobs" "$@" >&2 || fail "the build failed"
    elif ! ninja -C "$build" -j "$jobs" "$@" >"$build/build.log" 2>&1; then
        grep -vE '^\[[0-9]+/[0-9]+\]' "$build/build.log" | tail -n 60 >&2
        fail "the build failed (log: build/release/build.log)"
    fi
}

has_display() {
    [ -z "${WAFERCAST_NO_DISPLAY:-}" ] && [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ]
}
