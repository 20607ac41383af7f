<#
.SYNOPSIS
    Nightly: takes a renewed certificate into use, when there is one.
.DESCRIPTION
    For a timer or cron. Reloads the service when the certificate is another than the one that was taken into use last, and does nothing
    otherwise. The history says which one that was: the reason of the reload names file and certificate, so that no time has to be
    compared. Only the first time, when the history knows nothing of that file, the times at which the file, or a link that leads to it,
    was put there decide.
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

$file = $PSCmdlet.GetUnresolvedProviderPathFromPSPath($Certificate)
$read = [System.Security.Cryptography.X509Certificates.X509Certificate2]::new($file)
$now = Get-Date
if ($read.NotAfter -lt $now) { throw "cannot take $Certificate into use: it has been invalid since $($read.NotAfter)" }
if ($read.NotBefore -gt $now) { throw "cannot take $Certificate into use: it is not valid before $($read.NotBefore)" }

# The latest change of the file, or of one of the links on the way to it, in seconds since 1970. That of the inode counts: the file's own
# time is whatever cp -p or rsync has made it.
function Get-Change([string] $Path) {
    $latest, $at = 0, ''
    $parts = [System.Collections.Generic.List[string]] $Path.Split('/', [StringSplitOptions]::RemoveEmptyEntries)
    for ($links = 0; $parts.Count -gt 0; $parts.RemoveAt(0)) {
        if ($parts[0] -eq '.') { continue }
        if ($parts[0] -eq '..') { $at = [IO.Path]::GetDirectoryName($at).TrimEnd('/'); continue }
        $next = "$at/$($parts[0])"
        $link = ([IO.FileInfo] $next).LinkTarget
        if ($null -ne $link -or $parts.Count -eq 1) { $latest = [Math]::Max($latest, [double] (stat --format=%.Z -- $next)) }
        if ($null -eq $link) { $at = $next; continue }
        if (++$links -gt 40) { throw "cannot take $Path into use: too many links" }
        if ($link.StartsWith('/')) { $at = '' }
        # The first part is taken away at the end of this turn.
        $parts.InsertRange(1, $link.Split('/', [StringSplitOptions]::RemoveEmptyEntries))
    }
    $latest
}

$mark = "certificate $file "
# A way back after it has undone what a reload took in.
$last = Get-AeternaHistory $Name -First 1000 |
    Where-Object { $_.Verdict -eq 'succeeded' -and ($_.Kind -eq 'rollback' -or "$($_.Reason)".StartsWith($mark)) } |
    Select-Object -First 1
if ($last) {
    $taken = $last.Reason -ceq "$mark$($read.Thumbprint)"
} else {
    $active = Get-AeternaGeneration $Name | Where-Object Role -eq active
    $taken = $active -and ($active.StartedAt.ToUnixTimeMilliseconds() / 1000) -gt (Get-Change $file)
}

if ($taken) {
    Write-Verbose "$Name has read $Certificate since it changed."
    return
}

if ($PSCmdlet.ShouldProcess($Name, "Reload with the certificate $($read.Thumbprint)")) {
    Invoke-AeternaReload $Name -Reason "$mark$($read.Thumbprint)"
}
