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

    It 'has an id for nothing to undo, and for what does not run' {
        Get-ErrorId { Undo-AeternaReload $service.Name } | Should -Be Aeterna.NothingToUndo
        Get-ErrorId { Undo-AeternaReload p-nobody } | Should -Be Aeterna.NotRunning
    }
}
