<#
.SYNOPSIS
    Upgrades the rsyslog packages under a running service, with a way back.
.DESCRIPTION
    Installs the new packages without restarting anything, reloads the service, and goes back to the earlier packages when the new
    rsyslogd does not pass its soak. The packages of rsyslog's modules go with it, in the same version; nothing is ever removed. It does
    not begin when the earlier version is not to be had any more, since there would be no way back; -Force begins all the same. The
    distribution's own service has to be disabled: Aeterna runs rsyslogd.
.EXAMPLE
    ./Update-Rsyslog.ps1 -Name rsyslogd
.EXAMPLE
    ./Update-Rsyslog.ps1 -Name rsyslogd -Version 8.2302.0-1+deb12u1 -WhatIf
#>
[CmdletBinding(SupportsShouldProcess)]
param(
    # The service.
    [string] $Name = 'rsyslogd',

    # The version to install; without it the newest.
    [string] $Version,

    # Go on where the earlier packages are not to be had any more.
    [switch] $Force
)
$ErrorActionPreference = 'Stop'
Import-Module Aeterna

function Get-Installed([string] $Package) {
    $found = dpkg-query --show --showformat '${Version}' $Package
    if ($LASTEXITCODE -ne 0) { throw "cannot upgrade rsyslog: the package $Package is not installed" }
    "$found"
}

# Packages as NAME=VERSION, or NAME for the newest. Where some package would have to go apt-get refuses.
function Install-Package([string[]] $Packages) {
    $env:DEBIAN_FRONTEND = 'noninteractive'
    $said = apt-get install --yes --no-install-recommends --no-remove --allow-downgrades -o Dpkg::Options::=--force-confold $Packages 2>&1
    $said | Out-String -Stream | Write-Verbose
    if ($LASTEXITCODE -ne 0) { throw "cannot install $($Packages -join ', '): apt-get ended with exit code $LASTEXITCODE`: $($said | Select-Object -Last 5 | Out-String)" }
}

$before = Get-Installed rsyslog
# What comes from the same source is of one version: rsyslog-gnutls would have to go otherwise.
$packages = @(dpkg-query --show --showformat '${db:Status-Abbrev}|${source:Package}|${Version}|${Package}\n' 'rsyslog*' 2> $null |
    ForEach-Object { , $_.Split('|') } | Where-Object { $_[0].StartsWith('ii') -and $_[1] -eq 'rsyslog' -and $_[2] -eq $before } | ForEach-Object { $_[3] })
if ($packages -notcontains 'rsyslog') { $packages = @('rsyslog') + $packages }

$null = Get-AeternaStatus $Name
if (-not $Force) {
    foreach ($package in $packages) {
        $known = apt-cache madison $package | ForEach-Object { $_.Split('|')[1].Trim() }
        $kept = Test-Path "/var/cache/apt/archives/$($package)_$($before.Replace(':', '%3a'))_*.deb"
        if ($known -cnotcontains $before -and -not $kept) {
            throw "cannot upgrade rsyslog: $package $before is not to be had any more, so there would be no way back (-Force goes on without one)"
        }
    }
}
if (-not $PSCmdlet.ShouldProcess($Name, "Upgrade $($packages -join ', ') from $before to $($Version ? $Version : 'the newest version') and reload")) { return }

Install-Package ($packages | ForEach-Object { $Version ? "$_=$Version" : $_ })
$after = Get-Installed rsyslog
if ($after -eq $before) {
    Write-Verbose "rsyslog is $before already."
    return
}

try {
    Invoke-AeternaReload $Name -Reason "rsyslog $before -> $after"
} catch {
    # The old process serves on, from the program that it has in memory. A later restart must find the old program on disk.
    Write-Warning "rsyslog $after did not pass: $($_.Exception.Message)"
    Install-Package ($packages | ForEach-Object { "$_=$before" })
    throw
}
