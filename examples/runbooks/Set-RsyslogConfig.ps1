<#
.SYNOPSIS
    Puts a new rsyslog.conf in place and reloads; puts the old one back when it does not pass.
.EXAMPLE
    ./Set-RsyslogConfig.ps1 -NewFile ./rsyslog.conf.new -Name rsyslogd
#>
[CmdletBinding(SupportsShouldProcess)]
param(
    # The new configuration.
    [Parameter(Mandatory)]
    [string] $NewFile,

    # The service.
    [string] $Name = 'rsyslogd',

    # The file that it replaces.
    [string] $ConfigFile = '/etc/rsyslog.conf'
)
$ErrorActionPreference = 'Stop'
Import-Module Aeterna

if ((Get-FileHash $NewFile).Hash -eq (Get-FileHash $ConfigFile).Hash) {
    Write-Verbose "$ConfigFile is as wanted already."
    return
}

if (-not $PSCmdlet.ShouldProcess($ConfigFile, "Replace it by $NewFile and reload $Name")) { return }

Copy-Item $ConfigFile "$ConfigFile.before"
Copy-Item $NewFile $ConfigFile
try {
    Invoke-AeternaReload $Name -Reason "configuration $NewFile"
} catch {
    Move-Item "$ConfigFile.before" $ConfigFile -Force
    throw
}
