<#
.SYNOPSIS
    Upgrades the rsyslog package under a running service, with a way back.
.DESCRIPTION
    Installs the new package without restarting anything, reloads the service, and goes back to the earlier package when the new
    rsyslogd does not pass its soak. The distribution's own service has to be disabled: Aeterna runs rsyslogd.
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
    [string] $Version
)
$ErrorActionPreference = 'Stop'
Import-Module Aeterna

function Install-Rsyslog([string] $Wanted) {
    $package = $Wanted ? "rsyslog=$Wanted" : 'rsyslog'
    apt-get install --yes --no-install-recommends --allow-downgrades -o Dpkg::Options::=--force-confold $package
    if ($LASTEXITCODE -ne 0) { throw "cannot install $($package): apt-get ended with exit code $LASTEXITCODE" }
}

$before = dpkg-query --show --showformat '${Version}' rsyslog
if ($LASTEXITCODE -ne 0) { throw 'cannot upgrade rsyslog: the package is not installed' }
$null = Get-AeternaStatus $Name
if (-not $PSCmdlet.ShouldProcess($Name, "Upgrade rsyslog from $before to $($Version ? $Version : 'the newest version') and reload")) { return }

Install-Rsyslog $Version
$after = dpkg-query --show --showformat '${Version}' rsyslog
if ($after -eq $before) {
    Write-Verbose "rsyslog is $before already."
    return
}

try {
    Invoke-AeternaReload $Name -Reason "rsyslog $before -> $after"
} catch {
    # The old process serves on, from the program that it has in memory. A later restart must find the old program on disk.
    Write-Warning "rsyslog $after did not pass: $($_.Exception.Message)"
    Install-Rsyslog $before
    throw
}
