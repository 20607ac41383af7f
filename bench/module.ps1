# Measures the module: Import-Module on top of a bare pwsh, and Get-AeternaStatus when warm. Medians, in milliseconds.
# Usage: pwsh -NoProfile -File bench/module.ps1     (after "make build")
$ErrorActionPreference = 'Stop'
. "$PSScriptRoot/../tests/Pester/Support.ps1"
$pwsh = (Get-Process -Id $PID).Path

function Measure-Median([int] $Times, [scriptblock] $Script) {
    $runs = foreach ($run in 1..$Times) { (Measure-Command $Script).TotalMilliseconds }
    ($runs | Sort-Object)[[math]::Floor($Times / 2)]
}

$bare = Measure-Median 15 { & $pwsh -NoProfile -Command '1' }
$with = Measure-Median 15 { & $pwsh -NoProfile -Command "Import-Module $Root/Aeterna.psd1" }
$service = Start-TestService
try {
    $null = Get-AeternaStatus $service.Name
    $status = Measure-Median 50 { Get-AeternaStatus $service.Name }
} finally { Remove-TestService $service }
[pscustomobject]@{ Pwsh = [int] $bare; Import = [int] ($with - $bare); Status = [math]::Round($status, 1) }
