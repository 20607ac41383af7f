<#
.SYNOPSIS
    Nightly: takes a renewed certificate into use, when there is one.
.DESCRIPTION
    For a timer or cron. Reloads the service when its certificate file is newer than the running process, and does nothing otherwise.
.EXAMPLE
    ./Update-Certificate.ps1 -Name rsyslogd -Certificate /etc/rsyslog.d/tls/server.pem
#>
[CmdletBinding(SupportsShouldProcess)]
param(
    # The certificate file that the service reads at its start.
    [Parameter(Mandatory)]
    [string] $Certificate,

    # The service.
    [string] $Name = 'rsyslogd'
)
$ErrorActionPreference = 'Stop'
Import-Module Aeterna

$file = Get-Item $Certificate
$read = [System.Security.Cryptography.X509Certificates.X509Certificate2]::new($file.FullName)
if ($read.NotAfter -lt (Get-Date)) { throw "cannot take $Certificate into use: it has been invalid since $($read.NotAfter)" }

$active = Get-AeternaGeneration $Name | Where-Object Role -eq active
if ($active -and $active.StartedAt.UtcDateTime -gt $file.LastWriteTimeUtc) {
    Write-Verbose "$Name has read $Certificate since it changed."
    return
}

if ($PSCmdlet.ShouldProcess($Name, "Reload with the certificate $($read.Thumbprint)")) {
    Invoke-AeternaReload $Name -Reason "certificate $($read.Thumbprint)"
}
