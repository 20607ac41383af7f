BeforeAll { . $PSScriptRoot/Support.ps1 }

Describe 'Undo-AeternaReload' {
    BeforeEach {
        $service = Start-TestService -Soak 10m
        $before = (Get-AeternaStatus $service.Name).CurrentPid
    }
    AfterEach { Remove-TestService $service }

    It 'ends a reload under way; the old generation serves on' {
        $reload = Invoke-AeternaReload $service.Name -NoWait
        $undone = Undo-AeternaReload -Name $service.Name
        $undone.Id | Should -Be $reload.Id
        $undone.Verdict | Should -Be rolled_back
        $undone.Changed | Should -BeTrue
        (Get-AeternaStatus $service.Name).CurrentPid | Should -Be $before
    }

    It 'names who serves where the old one has ended and its command is started again' {
        (Get-Content -Raw $service.ConfigPath).Replace('canary: { ', 'canary: { traffic: sequential, ') | Set-Content $service.ConfigPath
        $reload = Invoke-AeternaReload $service.Name -NoWait
        Wait-Until { (Get-AeternaStatus $service.Name).State -eq 'SOAKING' } 'the soak begins'
        $said = (& $Pwsh -NoProfile -NonInteractive -Command "Import-Module $Root/Aeterna.psd1; Undo-AeternaReload $($service.Name) -WhatIf") -join ' '
        $said | Should -BeLike '*: the command of generation 1, which has ended, is started again.'
        $null = Undo-AeternaReload $service.Name -NoWait
        $failure = Get-Failure { $reload | Wait-AeternaReload }
        $failure.Exception.Message | Should -BeLike "*the old command was started again, and generation 3 (pid $((Get-AeternaStatus $service.Name).CurrentPid)) serves"
    }

    It 'takes services from the pipeline, and can leave the waiting to others' {
        $reload = Invoke-AeternaReload $service.Name -NoWait
        (Get-AeternaStatus $service.Name | Undo-AeternaReload -NoWait).Id | Should -Be $reload.Id
        ($reload | Wait-AeternaReload -AllowRollback).Verdict | Should -Be rolled_back
    }

    It 'changes nothing with -WhatIf' {
        $reload = Invoke-AeternaReload $service.Name -NoWait
        Undo-AeternaReload $service.Name -WhatIf
        (Get-AeternaStatus $service.Name).ReloadId | Should -Be $reload.Id
    }

    It 'says with -WhatIf what it would do: <Case>' -ForEach @(
        @{ Case = 'nothing, when nothing is under way'; Kept = $false; Reload = $false }
        @{ Case = 'end a reload'; Kept = $false; Reload = $true }
        @{ Case = 'go back to what is kept'; Kept = $true; Reload = $false }
    ) {
        $own = Start-TestService -Soak $(if ($Kept) { '50ms' } else { '10m' }) -More $(if ($Kept) { 'restart: { policy: never }' } else { '' })
        try {
            $first = (Get-AeternaStatus $own.Name).CurrentPid
            if ($Kept) {
                (Get-Content -Raw $own.ConfigPath).Replace('  canary:', "  drain: { keep_warm: 10m }`n  canary:") | Set-Content $own.ConfigPath
                $null = Invoke-AeternaReload $own.Name
            }
            $reload = if ($Reload) { Invoke-AeternaReload $own.Name -NoWait -Reason 'a try' }
            $said = (& $Pwsh -NoProfile -NonInteractive -Command "Import-Module $Root/Aeterna.psd1; Undo-AeternaReload $($own.Name) -WhatIf") -join ' '
            $status = Get-AeternaStatus $own.Name
            if ($Reload) {
                $said | Should -BeLike "What if: End $($reload.Id) of $($own.Name) as rolled_back (asked for by *, `"a try`"): generation 1 (pid $first) serves on."
                $status.ReloadId | Should -Be $reload.Id
            } elseif ($Kept) {
                $said | Should -Match "^What if: Take $($own.Name) back from generation 2 \(pid $($status.CurrentPid)\) to generation 1 \(pid $first\), which is kept for another (10m|9m\d+s)\.$"
                $status.UndoGeneration | Should -Be 1
                $status.UndoRemaining | Should -BeGreaterThan ([timespan]'0:09:00')
                $status | Format-List | Out-String | Should -Match 'UndoRemaining +: (10m|9m\d+s)'
                $status.Generation | Should -Be 2
            } else {
                $said | Should -Be "What if: Nothing of $($own.Name) can be undone: no reload is under way, and no generation is kept to go back to."
            }
        } finally { Remove-TestService $own }
    }

    It 'has an id for nothing to undo, and for what does not run' {
        Get-ErrorId { Undo-AeternaReload $service.Name } | Should -Be Aeterna.NothingToUndo
        Get-ErrorId { Undo-AeternaReload p-nobody } | Should -Be Aeterna.NotRunning
    }
}
