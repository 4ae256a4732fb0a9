#!/usr/bin/env bash
# Packs the program for machines without Swift: one tar with everything that it loads but glibc, and with measure.sh.
set -euo pipefail
cd "$(dirname "$0")/../.."

build=.build/bundle
name=diptych-$(uname -s | tr '[:upper:]' '[:lower:]')-$(uname -m)
largest=$((30 * 1000 * 1000))

# Here lie static libraries, and descriptions of packages that point to them: Debian's shared libarchive loads 30 MB of
# ICU, and a shared libstdc++ older than the one that an OpenCL driver wants would keep the driver from loading.
mkdir -p $build/static
for library in archive clblast yaml turbojpeg stdc++ nettle lzma zstd bz2 z; do
    ln -sf "$(gcc -print-file-name=lib$library.a)" $build/static/
done
for package in libarchive clblast yaml-0.1 libturbojpeg; do
    sed -e "s|^libdir=.*|libdir=$PWD/$build/static|" -e 's|-larchive|-larchive -lnettle -llzma -lzstd -lbz2 -lz|' \
        "$(pkg-config --variable=pcfiledir $package)/$package.pc" > $build/static/$package.pc
done
export PKG_CONFIG_PATH=$PWD/$build/static

# DT_RPATH, not DT_RUNPATH: the libraries here must find each other, too.
swift build -c release --product diptych --static-swift-stdlib --scratch-path $build \
    -Xlinker --gc-sections -Xlinker --exclude-libs -Xlinker ALL -Xlinker --strip-all \
    -Xlinker --disable-new-dtags -Xlinker -rpath -Xlinker '$ORIGIN/../lib'

folder=$build/$name
rm -rf "$folder"
mkdir -p "$folder/bin" "$folder/lib"
cp $build/release/diptych "$folder/bin/"
cp benchmarks/bundle/measure.sh benchmarks/peers/pytorch_step.py LICENSE "$folder/"
git describe --always --dirty --abbrev=40 --exclude='*' > "$folder/COMMIT" 2>/dev/null || echo unknown > "$folder/COMMIT"

# glibc belongs to the machine, with its loader.
glibc='^(linux-vdso|ld-linux[^ ]*|libc|libm|libmvec|libdl|libpthread|librt|libresolv|libutil|libanl)\.so'
ldd "$folder/bin/diptych" | awk '$3 ~ /^\// { print $1, $3 }' | grep -Ev "$glibc" | while read -r library path; do
    cp -L "$path" "$folder/lib/$library"
done

size=$(stat -c %s "$folder/bin/diptych")
if [ "$size" -ge $largest ]; then echo "the program has $size bytes, not less than $largest" >&2; exit 1; fi
strangers=$(ldd "$folder/bin/diptych" | awk '$3 ~ /^\// { print $1, $3 }' | grep -Ev "$glibc" | grep -v "/$name/" || true)
if [ -n "$strangers" ]; then printf 'loaded from outside of the bundle:\n%s\n' "$strangers" >&2; exit 1; fi
"$folder/bin/diptych" --version

tar -C $build -czf $build/$name.tar.gz "$name"
echo "$build/$name.tar.gz"
