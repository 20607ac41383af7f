BeforeAll { . $PSScriptRoot/Support.ps1 }

Describe 'Update-AeternaEngine' {
    BeforeEach { $service = Start-TestService }
    AfterEach { Remove-TestService $service }

    It 'has another engine go on: the process and its id stay, and the service too' {
        $before = Get-AeternaStatus $service.Name
        $done = Update-AeternaEngine $service.Name
        $done.Name | Should -Be $service.Name
        $done.Verdict | Should -Be succeeded
        $done.Changed | Should -BeTrue
        $done.From | Should -Be $before.EngineVersion
        $done.Paused | Should -BeGreaterThan ([timespan]::Zero)
        $after = Get-AeternaStatus $service.Name
        $after.EnginePid | Should -Be $before.EnginePid
        $after.CurrentPid | Should -Be $before.CurrentPid
        (Invoke-AeternaReload $service.Name).Verdict | Should -Be succeeded
    }

    It 'takes services by the pipe, and need not wait' {
        $asked = Get-AeternaStatus $service.Name | Update-AeternaEngine -NoWait
        $asked.Id | Should -Not -BeNullOrEmpty
        $asked.Verdict | Should -BeNullOrEmpty
        Wait-Until { try { (Get-AeternaStatus $service.Name).State -eq 'RUNNING' } catch { $false } } 'the new engine answers'
    }

    It 'has errors of its own, and goes on' {
        Get-ErrorId { Update-AeternaEngine $service.Name -Program /bin/false } | Should -Be Aeterna.UpgradeRefused
        Get-ErrorId { Update-AeternaEngine p-nobody } | Should -Be Aeterna.NotRunning
        (Get-AeternaStatus $service.Name).State | Should -Be RUNNING
    }

    It 'changes nothing with -WhatIf, and says what it would do' {
        $said = (& $Pwsh -NoProfile -NonInteractive -Command "Import-Module $Root/Aeterna.psd1; Update-AeternaEngine $($service.Name) -WhatIf") -join ' '
        $said | Should -BeLike "What if: Performing the operation ""Upgrade"" on target ""the engine of $($service.Name) (version *, pid *)""."
    }
}
