<#
.SYNOPSIS
    Puts a new rsyslog.conf in place and reloads; puts the old one back when it does not pass.
.DESCRIPTION
    The file keeps its mode, owner and group, and is whole at any moment. While the reload is under way FILE.before is the old one. One
    that is there at the beginning is of a run that was interrupted: then the reload is made good.
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

# Runs a program of the system, and ends with its error.
function Invoke-Tool {
    $said = & $args[0] @($args | Select-Object -Skip 1) 2>&1
    if ($LASTEXITCODE -ne 0) { throw "cannot put $NewFile in place: $said" }
    $said
}

# What a link leads to is replaced, and the link stays.
$target = Invoke-Tool realpath -e -- $ConfigFile
$before = "$target.before"
if ((Get-FileHash -LiteralPath $NewFile).Hash -eq (Get-FileHash -LiteralPath $target).Hash -and -not (Test-Path -LiteralPath $before)) {
    Write-Verbose "$ConfigFile is as wanted already."
    return
}

if (-not $PSCmdlet.ShouldProcess($ConfigFile, "Replace it by $NewFile and reload $Name")) { return }

# A copy with all that belongs to the file, then other contents in it, then the old name for it.
if (-not (Test-Path -LiteralPath $before)) { Invoke-Tool cp --preserve=all -- $target $before }
$fresh = "$target.$PID.tmp"
Invoke-Tool cp --preserve=all -- $target $fresh
Invoke-Tool cp --no-preserve=all -- $NewFile $fresh
Invoke-Tool mv -f -- $fresh $target
try {
    Invoke-AeternaReload $Name -Reason "configuration $NewFile"
} catch {
    Invoke-Tool mv -f -- $before $target
    throw
}
Remove-Item -LiteralPath $before
