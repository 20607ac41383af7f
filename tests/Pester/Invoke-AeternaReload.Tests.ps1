BeforeAll { . $PSScriptRoot/Support.ps1 }

Describe 'Invoke-AeternaReload' {
    BeforeEach { $service = Start-TestService }
    AfterEach { Remove-TestService $service }

    It 'replaces the process and gives one typed result' {
        $before = Get-AeternaStatus $service.Name
        $result = Invoke-AeternaReload -Name $service.Name -Reason 'new rules'
        $result | Should -BeOfType Aeterna.PowerShell.AeternaReload
        $result.Verdict | Should -Be succeeded
        $result.Reason | Should -Be 'new rules'
        $result.OldPid | Should -Be $before.CurrentPid
        $result.NewPid | Should -Be (Get-AeternaStatus $service.Name).CurrentPid
        $result.Changed | Should -BeTrue
        $result.Duration | Should -BeOfType timespan
        $result.RequestedAt | Should -BeOfType DateTimeOffset
        $result.Phases.Phase | Should -Contain soak
    }

    It 'takes services from the pipeline and by wildcard' {
        (Get-AeternaStatus $service.Name | Invoke-AeternaReload).Verdict | Should -Be succeeded
        (Invoke-AeternaReload "$($service.Name.Substring(0, 11))*").Verdict | Should -Be succeeded
        Invoke-AeternaReload 'p-nobody-*' | Should -BeNullOrEmpty
    }

    It 'leads back to an engine that was named by its socket' {
        $reload = Invoke-AeternaReload -SocketPath $service.Socket -NoWait
        $reload.SocketPath | Should -Be $service.Socket
        ($reload | Wait-AeternaReload).Verdict | Should -Be succeeded
        Get-ErrorId { Invoke-AeternaReload -SocketPath $service.Socket -Name other } | Should -Be Aeterna.NameMismatch
    }

    It 'changes nothing with -WhatIf' {
        $before = (Get-AeternaStatus $service.Name).CurrentPid
        Invoke-AeternaReload $service.Name -WhatIf | Should -BeNullOrEmpty
        (Get-AeternaStatus $service.Name).CurrentPid | Should -Be $before
        Get-AeternaHistory $service.Name | Should -HaveCount 1
    }

    It 'says with -WhatIf that the configuration is bad' {
        (Get-Content -Raw $service.ConfigPath).Replace('soak_time', 'soaktime') | Set-Content $service.ConfigPath
        Get-ErrorId { Invoke-AeternaReload $service.Name -WhatIf } | Should -Be Aeterna.ConfigInvalid
        $failure = Get-Failure { Invoke-AeternaReload $service.Name }
        $failure.FullyQualifiedErrorId | Should -BeLike 'Aeterna.ConfigInvalid,*'
        $failure.TargetObject[0].Line | Should -Be 5
    }

    It 'ends with an error when it is rolled back, and gives the result with -AllowRollback' {
        $before = (Get-AeternaStatus $service.Name).CurrentPid
        Set-Content "$($service.Folder)/server.py" 'import sys; sys.exit(1)'
        $failure = Get-Failure { Invoke-AeternaReload $service.Name -ErrorAction Continue }
        $failure.FullyQualifiedErrorId | Should -BeLike 'Aeterna.RolledBack,*'
        $failure.TargetObject.Verdict | Should -Be rolled_back
        $failure.TargetObject.Changed | Should -BeFalse
        $result = Invoke-AeternaReload $service.Name -AllowRollback
        $result.Verdict | Should -Be rolled_back
        $result.Changed | Should -BeFalse
        (Get-AeternaStatus $service.Name).CurrentPid | Should -Be $before
    }

    It 'ends with an error when pre-flight blocks it; -Force goes on' {
        Set-Content "$($service.Folder)/block" ''
        $failure = Get-Failure { Invoke-AeternaReload $service.Name }
        $failure.FullyQualifiedErrorId | Should -BeLike 'Aeterna.ReloadBlocked,*'
        $failure.TargetObject.Verdict | Should -Be blocked
        (Invoke-AeternaReload $service.Name -Force).Verdict | Should -Be succeeded
    }

    It 'has an id for what does not run' {
        Get-ErrorId { Invoke-AeternaReload p-nobody } | Should -Be Aeterna.NotRunning
    }

    It 'wants a name when several services run' {
        $other = Start-TestService
        try {
            $failure = Get-Failure { Invoke-AeternaReload }
            $failure.FullyQualifiedErrorId | Should -BeLike 'Aeterna.NameNeeded,*'
            $failure.Exception.Message | Should -Match $other.Name
        } finally { Remove-TestService $other }
    }
}

Describe 'Invoke-AeternaReload in a long soak' {
    BeforeEach { $service = Start-TestService -Soak 10m }
    AfterEach { Remove-TestService $service }

    It 'names the reload that is under way' {
        $first = Invoke-AeternaReload $service.Name -NoWait
        $first.Verdict | Should -BeNullOrEmpty
        $failure = Get-Failure { Invoke-AeternaReload $service.Name }
        $failure.FullyQualifiedErrorId | Should -BeLike 'Aeterna.ReloadBusy,*'
        $failure.CategoryInfo.Category | Should -Be ResourceBusy
        $failure.ErrorDetails.RecommendedAction | Should -Match $first.Id
    }

    It 'ends its waiting in time, and the reload goes on' {
        Get-ErrorId { Invoke-AeternaReload $service.Name -Timeout 1 } | Should -Be Aeterna.Timeout
        (Get-AeternaStatus $service.Name).ReloadId | Should -Not -BeNullOrEmpty
    }

    It 'says on Ctrl-C how to wait again, and the reload goes on' {
        $shell = [powershell]::Create().AddScript("Import-Module $Root/Aeterna.psd1; Invoke-AeternaReload $($service.Name)")
        $null = $shell.BeginInvoke()
        Wait-Until { (Get-AeternaStatus $service.Name).State -eq 'SOAKING' -and $shell.Streams.Progress.Count -gt 0 } 'the reload soaks'
        $shell.Stop()
        $id = (Get-AeternaStatus $service.Name).ReloadId
        $id | Should -Not -BeNullOrEmpty
        "$($shell.Streams.Warning)" | Should -Match "Wait-AeternaReload -Id $id -Name $($service.Name)"
        $shell.Dispose()
    }

    It 'shows phase, countdown and probes in a progress bar' {
        $shell = [powershell]::Create().AddScript("Import-Module $Root/Aeterna.psd1; Invoke-AeternaReload $($service.Name)")
        $null = $shell.BeginInvoke()
        Wait-Until { $shell.Streams.Progress.Where({ $_.SecondsRemaining -gt 0 -and $_.CurrentOperation }).Count -gt 0 } 'the bar shows the soak'
        $shown = $shell.Streams.Progress.Where({ $_.SecondsRemaining -gt 0 -and $_.CurrentOperation })[0]
        $shown.Activity | Should -BeLike "$($service.Name): reload *"
        $shown.StatusDescription | Should -Match '^soak, \d+ s left$'
        $shown.CurrentOperation | Should -Match process
        $shell.Stop()
        $shell.Dispose()
    }
}
