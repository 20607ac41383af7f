#!/usr/bin/env bash
# pester.sh RESULTS [FILE...]: runs the Pester tests (all, or those of the files) after a build, as many files at a time as there are processors. For
# each file it leaves RESULTS/pester.NAME with three counts (passed, failed, skipped), and what failed in RESULTS/failures.pester.NAME.
#
# As root each file gets a network of its own (its ports are nobody else's) and a /run/aeterna of its own. By hand, without any of this:
# pwsh -NoProfile -Command Invoke-Pester tests/Pester
set -euo pipefail
cd "$(dirname "$0")/.."

results=$(realpath "$1")
shift
files=("$@")
# What takes longest comes first, so that it does not stand alone at the end.
(( ${#files[@]} > 0 )) || files=($(ls tests/Pester/{AnsibleRole,Ansible,AnsibleExample,Package,Reload.Rsyslogd}.Tests.ps1; ls tests/Pester/*.Tests.ps1 | grep -vE '/(AnsibleRole|Ansible|AnsibleExample|Package|Reload.Rsyslogd)\.'))

tests/powershell.sh
export PATH=$PWD/out/powershell/bin:$PATH PSModulePath=$PWD/out/powershell/modules${PSModulePath:+:$PSModulePath}
export NO_COLOR=1 POWERSHELL_TELEMETRY_OPTOUT=1 POWERSHELL_UPDATECHECK=Off

run() {
    local name
    name=$(basename "$1" .Tests.ps1)
    FILE=$1 RESULT=$results/pester.$name FAILURES=$results/failures.pester.$name tests/apart.sh pwsh -NoProfile -NonInteractive -Command '
        $result = Invoke-Pester -Path $env:FILE -PassThru -Output Normal
        $failed = $result.FailedCount + $result.FailedBlocksCount + $result.FailedContainersCount
        $result.Failed + $result.FailedBlocks + $result.FailedContainers |
            ForEach-Object { "FAILED: $($_ | Select-Object -ExpandProperty ExpandedPath -ErrorAction Ignore) $env:FILE | $($_.ErrorRecord -join " / ")" } |
            Set-Content $env:FAILURES
        Set-Content $env:RESULT "$($result.PassedCount) $failed $($result.SkippedCount + $result.InconclusiveCount + $result.NotRunCount)"' \
        > "$results/said.$name" 2>&1 || true
    cat "$results/said.$name"
    # A shell that did not come to its end is one failure.
    [[ -s $results/pester.$name ]] || { echo "0 1 0" > "$results/pester.$name"; echo "FAILED: $1 | its shell ended early" > "$results/failures.pester.$name"; }
}

running=0
for file in "${files[@]}"; do
    (( running < $(nproc) )) || { wait -n || true; running=$(( running - 1 )); }
    run "$file" &
    running=$(( running + 1 ))
done
wait
