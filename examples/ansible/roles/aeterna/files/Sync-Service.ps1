# Starts the service of the role where it does not run, and reloads it where it runs with something else than what is on disk now. Its last
# line is "started", "reloaded" or "as it was"; with AETERNA_CHECK=True it says so and changes nothing.
#
# A file beside the history notes the contents that were taken in last. So a run finds out about files that were put there, and about
# which no service was told: an earlier run was interrupted, or somebody put them there by hand. No time is compared with another.
$ErrorActionPreference = 'Stop'
Set-StrictMode -Version Latest
$check = $env:AETERNA_CHECK -eq 'True'

function Get-Content256 {
    $lines = foreach ($file in @($env:AETERNA_CONFIG) + $env:AETERNA_FILES.Split("`n", [StringSplitOptions]::RemoveEmptyEntries)) {
        "$((Get-FileHash -LiteralPath $file -ErrorAction Ignore)?.Hash) $file"
    }
    $lines -join "`n"
}

function Set-Taken([string] $Contents) {
    $null = New-Item -ItemType Directory -Force (Split-Path $env:AETERNA_TAKEN)
    [IO.File]::WriteAllText("$env:AETERNA_TAKEN.new", $Contents)
    [IO.File]::Move("$env:AETERNA_TAKEN.new", $env:AETERNA_TAKEN, $true)
}

try {
    Import-Module $env:AETERNA_MODULE
    $contents = Get-Content256
    $stale = $env:AETERNA_CHANGED -eq 'True' -or -not [IO.File]::Exists($env:AETERNA_TAKEN) -or [IO.File]::ReadAllText($env:AETERNA_TAKEN) -cne $contents
    try {
        $started = Start-AeternaService $env:AETERNA_CONFIG -Timeout $env:AETERNA_TIMEOUT -WhatIf:$check
        if ($null -eq $started -or $started.Changed) {
            if (-not $check) { Set-Taken $contents }
            'started'
            exit 0
        }
    } catch {
        switch -Wildcard ($_.FullyQualifiedErrorId) {
            'Aeterna.AlreadyRunning,*' { $stale = $true; break }
            # With --check the file was not put there.
            'Aeterna.FileNotFound,*' { if ($check) { 'started'; exit 0 } else { throw } }
            default { throw }
        }
    }

    if (-not $stale) { 'as it was'; exit 0 }
    $result = Invoke-AeternaReload $env:AETERNA_SERVICE -Reason $env:AETERNA_REASON -Timeout $env:AETERNA_TIMEOUT -WhatIf:$check
    if (-not $check) {
        Set-Taken $contents
        $result | Select-Object Id, Verdict, OldPid, NewPid | ConvertTo-Json
    }
    'reloaded'
} catch {
    [Console]::Error.WriteLine($_.Exception.Message)
    $foundBad = 'Aeterna.RolledBack', 'Aeterna.ReloadBlocked', 'Aeterna.ReloadFailed', 'Aeterna.ConfigInvalid'
    exit (($_.FullyQualifiedErrorId -replace ',.*') -in $foundBad ? 3 : 1)
}
