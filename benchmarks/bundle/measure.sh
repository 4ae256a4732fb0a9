#!/bin/sh
# Checks, tunes and measures a device, and leaves what was found as JSON. For a machine without Swift.
#
#   ./measure.sh [--device DEVICE] [--data FOLDER] [--epochs N] [--out FOLDER]
#
# DEVICE as `bin/diptych --help` has it (gpu); FOLDER of --data holds Omniglot's two zips, which are fetched where they are
# missing; results lie in --out (results).
set -u
here=$(cd "$(dirname "$0")" && pwd)
device=gpu data=omniglot epochs=25 out=results
while [ $# -gt 0 ]; do
    case $1 in
    --device | --data | --epochs | --out)
        if [ $# -lt 2 ]; then echo "$1 needs a value" >&2; exit 2; fi
        case $1 in --device) device=$2 ;; --data) data=$2 ;; --epochs) epochs=$2 ;; --out) out=$2 ;; esac
        shift 2
        ;;
    *) sed -n '2,7s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
    esac
done
mkdir -p "$out" || exit 73
cp "$here/COMMIT" "$out/commit.txt"
failed=

# What a command prints goes to NAME.json, what it says to NAME.log; one that fails does not keep the others from running.
run() {
    name=$1
    shift
    echo "$name: $*"
    if ! "$@" > "$out/$name.json" 2> "$out/$name.log"; then
        failed="$failed $name"
        tail -n 3 "$out/$name.log" >&2
    fi
}
measure() {
    name=$1
    shift
    run "$name" "$here/bin/diptych" "$@"
}

# Only a GPU that PyTorch sees, too, is measured beside it, in turns.
hasPyTorch() {
    [ "$device" != cpu ] && python3 -c 'import sys, torch; sys.exit(not torch.cuda.is_available())' 2> /dev/null
}

measure devices devices --json
measure check check --device "$device" --json
measure tune tune --device "$device" --json
measure kernels bench kernels --device "$device" --json
measure step bench step --device "$device" --json objective.inversePredictive.weight=1
if hasPyTorch; then
    for variant in plain channels_last compile channels_last+compile; do
        for rounding in "" +tf32; do
            run "pytorch-$variant$rounding" python3 "$here/pytorch_step.py" --device cuda --runs 10 \
                --variant "$variant$rounding"
        done
    done
    measure step-again bench step --device "$device" --json objective.inversePredictive.weight=1
fi
measure infonce bench infonce --device "$device" --json
[ -f "$data/images_background.zip" ] || measure fetch data fetch omniglot --to "$data"
echo "train: $epochs epochs, in $out/omniglot"
"$here/bin/diptych" train --device "$device" --data "omniglot:$data" --epochs "$epochs" --out "$out/omniglot" \
    > "$out/train.log" 2>&1 || failed="$failed train"
measure evaluate evaluate --device "$device" --checkpoint "$out/omniglot" --data "omniglot:$data" --baselines --json

if [ -n "$failed" ]; then echo "failed:$failed; their .log files in $out say why" >&2; exit 1; fi
echo "all of it lies in $out"
