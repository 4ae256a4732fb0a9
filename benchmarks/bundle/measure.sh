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
keep() {
    name=$1
    shift
    echo "$name: $*"
    if ! "$@" > "$out/$name.json" 2> "$out/$name.log"; then
        failed="$failed $name"
        tail -n 3 "$out/$name.log" >&2
        return 1
    fi
}
measure() {
    name=$1
    shift
    keep "$name" "$here/bin/diptych" "$@"
}

# Only a GPU that PyTorch sees, too, is measured beside it, in turns.
hasPyTorch() {
    [ "$device" != cpu ] && python3 -c 'import sys, torch; sys.exit(not torch.cuda.is_available())' 2> /dev/null
}

measure devices devices --json
measure check check --device "$device" --json
measure tune tune --device "$device" --json
measure kernels bench kernels --device "$device" --json
step() {
    measure "$1" bench step --device "$device" --precision "$2" --json objective.inversePredictive.weight=1
}
step step float32
measure step-profile bench step --device "$device" --profile --json objective.inversePredictive.weight=1
precisions=float32
for precision in tf32 bf16; do
    name=check-$precision
    "$here/bin/diptych" check --device "$device" --precision $precision --json > "$out/$name.json" 2> "$out/$name.log"
    case $? in
    0) step "step-$precision" $precision && precisions="$precisions $precision" ;;
    69) echo "$precision: not offered, see $out/$name.log" ;;
    *) failed="$failed $name" ;;
    esac
done
if hasPyTorch; then
    for variant in plain channels_last compile channels_last+compile; do
        for rounding in "" +tf32; do
            keep "pytorch-$variant$rounding" python3 "$here/pytorch_step.py" --device cuda --runs 10 \
                --variant "$variant$rounding"
        done
    done
    step step-again float32
fi
measure infonce bench infonce --device "$device" --json
[ -f "$data/images_background.zip" ] && [ -f "$data/images_evaluation.zip" ] || measure fetch data fetch omniglot --to "$data"
for precision in $precisions; do
    run=$out/omniglot-$precision
    echo "train: $epochs epochs in $precision, in $run"
    "$here/bin/diptych" train --device "$device" --precision "$precision" --data "omniglot:$data" --epochs "$epochs" \
        --out "$run" > "$run.log" 2>&1 || failed="$failed train-$precision"
    measure "evaluate-$precision" evaluate --device "$device" --checkpoint "$run" --data "omniglot:$data" --baselines --json
done

if [ -n "$failed" ]; then echo "failed:$failed; their .log files in $out say why" >&2; exit 1; fi
echo "all of it lies in $out"
