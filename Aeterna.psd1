@{
    # In a source tree the module is where "make build" puts it; "make module" takes these folders out.
    RootModule = 'bin/module/Aeterna.PowerShell.dll'
    FormatsToProcess = @('bin/module/Aeterna.Format.ps1xml')
    ModuleVersion = '0.1.0'
    GUID = 'c946d64c-41d2-4d4d-97da-4b849336de31'
    Author = 'The Aeterna authors'
    CompanyName = 'Aeterna'
    Copyright = 'The Aeterna authors. Apache License 2.0.'
    Description = 'Replaces a running network daemon, such as the stock rsyslogd, by a new process without its clients noticing.'
    PowerShellVersion = '7.4'
    CompatiblePSEditions = @('Core')
    CmdletsToExport = @(
        'Complete-AeternaReload'
        'Get-AeternaGeneration'
        'Get-AeternaHistory'
        'Get-AeternaListener'
        'Get-AeternaLog'
        'Get-AeternaMetric'
        'Get-AeternaStatus'
        'Invoke-AeternaReload'
        'Send-AeternaSignal'
        'Start-AeternaService'
        'Stop-AeternaService'
        'Test-AeternaConfig'
        'Undo-AeternaReload'
        'Update-AeternaEngine'
        'Wait-AeternaReload'
        'Watch-AeternaSoak'
    )
    FunctionsToExport = @()
    AliasesToExport = @()
    VariablesToExport = @()
    PrivateData = @{
        PSData = @{
            LicenseUri = 'https://www.apache.org/licenses/LICENSE-2.0'
            ReleaseNotes = 'What changed for those who use it is in CHANGELOG.md, beside the manifest.'
            Tags = @('rsyslog', 'syslog', 'reload', 'zero-downtime', 'Linux')
        }
    }
}
