BeforeAll { . $PSScriptRoot/Support.ps1 }

Describe 'Complete-AeternaReload' {
    BeforeEach {
        $service = Start-TestService -Soak 10m
        $reload = Invoke-AeternaReload $service.Name -NoWait
        $soaks = { (Get-AeternaStatus $service.Name).State -eq 'SOAKING' }
        Wait-Until $soaks 'the candidate soaks'
        # That a round of probes has passed is known a moment later.
        function Complete-Soon([hashtable] $More = @{}) {
            Wait-Until { try { $script:completed = Complete-AeternaReload $service.Name @More; $true } catch { if ($_.FullyQualifiedErrorId -notlike 'Aeterna.NothingToPromote,*') { throw }; $false } } 'it is promoted'
            $script:completed
        }
    }
    AfterEach { Remove-TestService $service }

    It 'ends the soak; the new generation serves, and the record says who has promoted it' {
        $done = Complete-Soon
        $done.Id | Should -Be $reload.Id
        $done.Verdict | Should -Be succeeded
        $done.Changed | Should -BeTrue
        $done.PromotedBy | Should -Match '^uid \d+ '
        $done.Message | Should -BeLike "*, promoted by $($done.PromotedBy)"
        (Get-AeternaStatus $service.Name).CurrentPid | Should -Be $done.NewPid
    }

    It 'can leave the waiting to others' {
        (Complete-Soon @{ NoWait = $true }).Id | Should -Be $reload.Id
        ($reload | Wait-AeternaReload).Verdict | Should -Be succeeded
    }

    It 'changes nothing with -WhatIf, and says what it would do' {
        $said = (& $Pwsh -NoProfile -NonInteractive -Command "Import-Module $Root/Aeterna.psd1; Complete-AeternaReload $($service.Name) -WhatIf") -join ' '
        $said | Should -BeLike "What if: End the soak of $($reload.Id) of $($service.Name) *m* before its time.*"
        & $soaks | Should -BeTrue
    }

    It 'has errors of its own' {
        $null = Undo-AeternaReload $service.Name
        Get-ErrorId { Complete-AeternaReload $service.Name } | Should -Be Aeterna.NothingToPromote
        Get-ErrorId { Complete-AeternaReload p-nobody } | Should -Be Aeterna.NotRunning
    }
}
