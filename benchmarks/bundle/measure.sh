#!/bin/sh
# Checks, tunes and measures a device, and leaves what was found as JSON. For a machine without Swift.
#
#   ./measure.sh [options]
#
#   --device DEVICE   as `bin/diptych --help` has it (gpu)
#   --steps A,B,...   only these steps; a second call goes on in the same --out
#   --data FOLDER     with Omniglot's two zips, which are fetched where they are missing (omniglot)
#   --epochs N        of each training (25)
#   --runs N          timed training steps, ours and PyTorch's (50 on a GPU, else 5)
#   --seconds N       for everything: nothing begins later, and nothing runs longer
#   --limit N         seconds for each command, instead of its own limit
#   --out FOLDER      results (results)
#   --archive FILE    all results but weights and compiled kernels, packed anew after each command (FOLDER.tgz)
#   --list            print this
#
# Steps, in the order of their worth:
#
#   check             every operation and a training step, against the reference; what fails, each by itself again
#   untuned           the training step with the kernels that are shipped
#   tune              which kernels are fastest
#   step              the training step with them
#   profile           the same, kernel by kernel
#   tf32 bf16         check, tune, step and profile in another precision, where the device offers it
#   pytorch           the step in PyTorch, in the layout that is fastest, where it sees the GPU; then ours again
#   train             Omniglot in each precision whose step was measured
#   kernels           single operations
#   infonce           contrastive losses
#   slower            the other variants of PyTorch
#
# Each command leaves NAME.json, and NAME.log of what it said; times.jsonl has seconds, limit and exit status of each
# (124: its limit ended it), machine.txt what there is. A command that fails keeps none of the others from running.
set -u
here=$(cd "$(dirname "$0")" && pwd)
program=$here/bin/diptych
all='check untuned tune step profile tf32 bf16 pytorch train kernels infonce slower'
device=gpu steps=$all data=omniglot epochs=25 runs= seconds= limit= out=results archive=
usage() { sed -n '2,/^set/s/^# \{0,1\}//p' "$0"; }
while [ $# -gt 0 ]; do
    case $1 in
    --device | --steps | --data | --epochs | --runs | --seconds | --limit | --out | --archive)
        if [ $# -lt 2 ]; then echo "$1 needs a value" >&2; exit 2; fi
        case $1 in
        --device) device=$2 ;;
        --steps) steps=$(echo "$2" | tr , ' ') ;;
        --data) data=$2 ;;
        --epochs) epochs=$2 ;;
        --runs) runs=$2 ;;
        --seconds) seconds=$2 ;;
        --limit) limit=$2 ;;
        --out) out=$2 ;;
        --archive) archive=$2 ;;
        esac
        shift 2
        ;;
    --list) usage; exit 0 ;;
    *) usage >&2; exit 2 ;;
    esac
done
for step in $steps; do
    case " $all " in
    *" $step "*) ;;
    *) echo "there is no step '$step', only $all" >&2; exit 2 ;;
    esac
done
mkdir -p "$out" || exit 73
out=$(cd "$out" && pwd)
archive=${archive:-$out.tgz}
deadline=${seconds:+$(($(date +%s) + seconds))}
export DIPTYCH_CACHE="$out/cache"
PATH=$PATH:/usr/sbin:/sbin
failed= child=

# What can be read again elsewhere; a reader never sees half of it.
pack() {
    tar -czf "$archive.part" --exclude='*.safetensors' --exclude=cache/kernels --exclude=cache/pocl \
        -C "$(dirname "$out")" "$(basename "$out")" && mv "$archive.part" "$archive"
}

interrupt() {
    trap - INT TERM HUP
    if [ -n "$child" ]; then kill "$child"; wait "$child"; fi
    rm -f "$out"/*.part
    pack
    echo "interrupted; what there is lies in $archive" >&2
    exit 130
}
trap interrupt INT TERM HUP

# skip NAME REASON: NAME is left out.
skip() {
    echo "$1: left out, $2"
    echo "{\"name\": \"$1\", \"skipped\": \"$2\"}" >> "$out/times.jsonl"
    pack
}

# run NAME LIMIT COMMAND...: runs it for at most LIMIT seconds; what it prints goes to NAME.json, what it says to NAME.log.
# Its status is the command's.
run() {
    local name=$1 most=${limit:-$(($2 * patience))} began left status
    shift 2
    began=$(date +%s)
    if [ -n "$deadline" ]; then
        left=$((deadline - began))
        if [ $left -le 0 ]; then skip "$name" "no time is left"; return 124; fi
        if [ $left -lt "$most" ]; then most=$left; fi
    fi
    echo "$name: $*"
    # In the background, so that a signal to this script is heard at once.
    timeout -k 10 "$most" "$@" > "$out/$name.part" 2> "$out/$name.log" &
    child=$!
    wait "$child"
    status=$?
    child=
    case $(head -c 1 "$out/$name.part") in
    "{" | "[") mv "$out/$name.part" "$out/$name.json" ;;
    # The table at the end of a training.
    ?) mv "$out/$name.part" "$out/$name.txt" ;;
    *) rm "$out/$name.part" ;;
    esac
    echo "{\"name\": \"$name\", \"seconds\": $(($(date +%s) - began)), \"limit\": $most, \"status\": $status}" \
        >> "$out/times.jsonl"
    # What a device does not offer is no failure.
    if [ $status != 0 ] && [ $status != 69 ]; then
        failed="$failed $name"
        echo "$name: status $status after $(($(date +%s) - began)) of $most s" >&2
        tail -n 3 "$out/$name.log" >&2
    fi
    pack
    return $status
}

# apart NAME LIMIT COMMAND...: runs it, and what failed of it again, each operation in a process of its own: one bad
# kernel may spoil a device for all that come after it in a process. Where time ran out, the log says at what.
apart() {
    local name=$1 most=$2 status names operation
    shift 2
    run "$name" "$most" "$@"
    status=$?
    case $status in 0 | 69 | 124 | 137) return $status ;; esac
    names=$(sed -n 's/.*"failed":\[\([^]]*\)\].*/\1/p' "$out/$name.json" 2> /dev/null | tr -d '"' | tr , ' ')
    if [ -z "$names" ]; then names=$(timeout 60 "$@" --list 2> /dev/null | tr -d '[]"' | tr , ' '); fi
    for operation in $names; do
        run "$name-$operation" 60 "$@" --operation "$operation"
    done
    return $status
}

# The library of a vendor's driver, wherever it lies.
driver() {
    local libraries='libnvidia-opencl.so.1 libamdocl64.so libigdrcl.so' library folder
    {
        for library in $libraries; do
            for folder in /usr/local/nvidia/lib64 /usr/local/nvidia/lib $(echo "${LD_LIBRARY_PATH:-}" | tr : ' '); do
                ls "$folder/$library"
            done
            ldconfig -p | awk -v name="$library" '$1 == name { print $NF }'
        done
        for library in $libraries; do
            timeout 20 find / -path /proc -prune -o -path /sys -prune -o -name "$library" -print
        done
    } 2> /dev/null | head -n 1
}

# listsGPU NAME: lists the devices as NAME.json; whether a GPU is among them.
listsGPU() { run "$1" 60 "$program" devices --json && grep -q '"type":"gpu"' "$out/$1.json"; }

# Lists the devices, and looks for a driver that no .icd file names where a GPU is wanted and none is listed.
findDevice() {
    local library
    if listsGPU devices; then return; fi
    case $device in cpu | reference) return ;; esac
    library=$(driver)
    if [ -z "$library" ]; then echo "no GPU is listed, and no library of a driver is found"; return; fi
    export OCL_ICD_VENDORS="$library"
    export LD_LIBRARY_PATH="$(dirname "$library")${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
    if listsGPU devices-of-driver; then
        echo "no .icd file names a GPU; OCL_ICD_VENDORS=$library finds one"
    else
        echo "no GPU is listed, not even with OCL_ICD_VENDORS=$library"
        unset OCL_ICD_VENDORS
    fi
}

describeMachine() {
    date -u
    uname -a
    nproc
    grep -m 1 'model name' /proc/cpuinfo
    head -n 1 /proc/meminfo
    nvidia-smi
    ls -l /etc/OpenCL/vendors /usr/local/nvidia/lib64
    ldconfig -p | grep -i -e opencl -e nvidia -e libcuda
    env | grep -e OCL -e OPENCL -e LD_LIBRARY_PATH -e CUDA -e NVIDIA
}

isGPU() { tr '{' '\n' < "$out/device.json" | grep '"chosen":true' | grep -q '"type":"gpu"'; }

# step NAME PRECISION OPTION...: the training step.
step() {
    local name=$1 precision=$2
    shift 2
    run "$name" 60 "$program" bench step --device "$device" --precision "$precision" --runs "$runs" --json "$@" \
        objective.inversePredictive.weight=1
}

inPrecision() {
    local precision=$1 operation
    apart "check-$precision" 150 "$program" check --device "$device" --precision "$precision" --json
    if [ $? = 69 ]; then skip "$precision" "the device does not offer it"; return; fi
    # Nothing else is rounded, and so nothing else is chosen anew.
    for operation in convolution convolutionBackwardInput convolutionBackwardFilter matrixProduct; do
        run "tune-$precision-$operation" 60 "$program" tune --device "$device" --precision "$precision" \
            --operation "$operation" --json
    done
    step "step-$precision" "$precision"
    step "profile-$precision" "$precision" --profile
}

# Only a GPU that PyTorch sees, too, is measured beside it.
hasPyTorch() {
    isGPU && timeout 100 python3 -c 'import sys, torch; sys.exit(not torch.cuda.is_available())' 2> /dev/null
}

inPyTorch() {
    local variant most
    for variant; do
        case $variant in *compile*) most=150 ;; *) most=60 ;; esac
        run "pytorch-$(echo "$variant" | tr + -)" $most \
            python3 "$here/pytorch_step.py" --device cuda --runs "$runs" --variant "$variant"
    done
}

hasData() { [ -f "$data/images_background.zip" ] && [ -f "$data/images_evaluation.zip" ]; }

trainAll() {
    local precision folder
    # Without a network it must not wait, whichever the device.
    hasData || run fetch 30 timeout 30 "$program" data fetch omniglot --to "$data"
    if ! hasData; then
        echo "$data has not both images_background.zip and images_evaluation.zip"
        skip train "without data"
        return
    fi
    for precision in float32 tf32 bf16; do
        if [ $precision != float32 ] && ! [ -f "$out/step-$precision.json" ]; then continue; fi
        folder=$out/omniglot-$precision
        run "train-$precision" 240 "$program" train --device "$device" --precision $precision --data "omniglot:$data" \
            --epochs "$epochs" --out "$folder" --resume auto
        # Training that its limit ended has saved what it had.
        run "evaluate-$precision" 60 "$program" evaluate --device "$device" --checkpoint "$folder" \
            --data "omniglot:$data" --baselines --json
    done
}

perform() {
    local operation
    case $1 in
    check) apart check 240 "$program" check --device "$device" --json ;;
    untuned)
        if [ -d "$DIPTYCH_CACHE/tuning" ]; then
            skip step-untuned "the device is tuned"
        else
            step step-untuned float32
        fi
        ;;
    tune) apart tune 180 "$program" tune --device "$device" --json ;;
    step) step step float32 ;;
    profile) step profile float32 --profile ;;
    tf32 | bf16) inPrecision "$1" ;;
    pytorch)
        if ! hasPyTorch; then skip pytorch "it sees no GPU that is measured"; return; fi
        inPyTorch channels_last channels_last+tf32 channels_last+compile channels_last+compile+tf32
        step step-again float32
        ;;
    train) trainAll ;;
    kernels)
        for operation in $(timeout 60 "$program" bench kernels --list); do
            run "kernels-$operation" 60 "$program" bench kernels --device "$device" --operation "$operation" --json
        done
        ;;
    infonce) run infonce 60 "$program" bench infonce --device "$device" --json ;;
    slower)
        if ! hasPyTorch; then skip slower "PyTorch sees no GPU that is measured"; return; fi
        inPyTorch plain plain+tf32 compile compile+tf32
        ;;
    esac
}

patience=1
cp "$here/COMMIT" "$out/commit.txt"
describeMachine > "$out/machine.txt" 2>&1
findDevice
if ! run device 60 "$program" devices --device "$device" --json; then
    cat "$out/device.log" >&2
    echo "there is no device '$device' to measure; $archive says what there is" >&2
    exit 69
fi
# A processor takes its time.
if isGPU; then runs=${runs:-50}; else runs=${runs:-5} patience=10; fi
for step in $all; do
    case " $steps " in *" $step "*) perform "$step" ;; esac
done
if [ -n "$failed" ]; then
    echo "failed:$failed; their .log files in $archive say why" >&2
    exit 1
fi
echo "all of it lies in $archive"
