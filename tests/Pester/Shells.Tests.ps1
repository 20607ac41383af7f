BeforeAll {
    . $PSScriptRoot/Support.ps1
    $services = 1..3 | ForEach-Object { Start-TestService }

    function Invoke-Shell([string] $Script) {
        $said = & $Pwsh -NoProfile -NonInteractive -Command "`$ErrorActionPreference = 'Stop'`n$Script" 2>&1
        $LASTEXITCODE | Should -Be 0 -Because "$said"
        $said
    }
}
AfterAll { $services.ForEach({ Remove-TestService $_ }) }

Describe 'The module' {
    It 'is tested under the strictest rules for scripts' {
        Get-ErrorId { $null.Missing } | Should -Be PropertyNotFoundStrict
    }

    It 'works from several threads at once' {
        $results = $services.Name | ForEach-Object -ThrottleLimit 3 -Parallel {
            Set-StrictMode -Version Latest
            $ErrorActionPreference = 'Stop'
            Import-Module "$using:Root/Aeterna.psd1"
            $before = (Get-AeternaStatus $_).Generation
            $result = Invoke-AeternaReload $_ -Reason "of $_"
            [pscustomobject]@{ Name = $_; Verdict = $result.Verdict; Reason = $result.Reason; Before = $before; After = (Get-AeternaStatus $_).Generation }
        }
        $results.Name | Sort-Object | Should -Be ($services.Name | Sort-Object)
        foreach ($result in $results) {
            $result.Verdict | Should -Be succeeded
            $result.Reason | Should -Be "of $($result.Name)"
            $result.After | Should -Be ($result.Before + 1)
        }
    }

    It 'gives each of several threads its own error' {
        $failures = 'p-nobody-1', 'p-nobody-2', $services[0].Name | ForEach-Object -ThrottleLimit 3 -Parallel {
            Import-Module "$using:Root/Aeterna.psd1"
            $null = Get-AeternaStatus $_ -ErrorAction SilentlyContinue -ErrorVariable own
            $own | ForEach-Object TargetObject
        }
        $failures | Sort-Object | Should -Be p-nobody-1, p-nobody-2
    }

    It 'works in a shell of constrained language' {
        $name = $services[0].Name
        $said = Invoke-Shell @"
            Import-Module $Root/Aeterna.psd1
            `$ExecutionContext.SessionState.LanguageMode = 'ConstrainedLanguage'
            try { [IO.File]::Exists('/'); 'not constrained' } catch { 'constrained' }
            (Start-AeternaService $($services[0].ConfigPath)).Changed
            (Get-AeternaStatus $name | Invoke-AeternaReload -Reason constrained).Verdict
            (Get-AeternaHistory $name -First 1).Reason
            try { Get-AeternaStatus p-nobody } catch { `$_.FullyQualifiedErrorId }
            Get-AeternaStatus $name | Out-String
"@
        $said[0..4] | Should -Be constrained, False, succeeded, constrained, 'Aeterna.NotRunning,Aeterna.PowerShell.Commands.GetAeternaStatusCommand'
        "$($said | Select-Object -Skip 5)" | Should -Match $name
    }
}
