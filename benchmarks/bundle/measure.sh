#!/bin/sh
# Checks, tunes and measures a device, and leaves what was found as JSON. For a machine without Swift.
#
#   ./measure.sh [--device DEVICE] [--data FOLDER] [--out FOLDER]
#
# DEVICE as `bin/diptych --help` has it (gpu); FOLDER of --data holds Omniglot's two zips, which are fetched where they are
# missing; results lie in --out (results).
set -u
here=$(cd "$(dirname "$0")" && pwd)
device=gpu data=omniglot out=results
while [ $# -gt 0 ]; do
    case $1 in
    --device | --data | --out)
        if [ $# -lt 2 ]; then echo "$1 needs a value" >&2; exit 2; fi
        case $1 in --device) device=$2 ;; --data) data=$2 ;; --out) out=$2 ;; esac
        shift 2
        ;;
    *) sed -n '2,7s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
    esac
done
mkdir -p "$out" || exit 73
cp "$here/COMMIT" "$out/commit.txt"
failed=

# What a command prints goes to NAME.json, what it says to NAME.log; one that fails does not keep the others from running.
measure() {
    name=$1
    shift
    echo "$name: diptych $*"
    if ! "$here/bin/diptych" "$@" > "$out/$name.json" 2> "$out/$name.log"; then
        failed="$failed $name"
        tail -n 3 "$out/$name.log" >&2
    fi
}

measure devices devices --json
measure check check --device "$device" --json
measure tune tune --device "$device" --json
measure kernels bench kernels --device "$device" --json
measure step bench step --device "$device" --json objective.inversePredictive.weight=1
measure infonce bench infonce --device "$device" --json
[ -f "$data/images_background.zip" ] || measure fetch data fetch omniglot --to "$data"
measure train train --device "$device" --data "omniglot:$data" --epochs 25 --out "$out/omniglot"
measure evaluate evaluate --device "$device" --checkpoint "$out/omniglot" --data "omniglot:$data" --baselines --json

if [ -n "$failed" ]; then echo "failed:$failed; their .log files in $out say why" >&2; exit 1; fi
echo "all of it lies in $out"
