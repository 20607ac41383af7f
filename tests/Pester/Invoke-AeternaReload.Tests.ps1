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

    It 'gives an error when it is rolled back, and gives the result with -AllowRollback' {
        $before = (Get-AeternaStatus $service.Name).CurrentPid
        Set-Content "$($service.Folder)/server.py" 'import sys; sys.exit(1)'
        $failure = Get-Failure { Invoke-AeternaReload $service.Name }
        $failure.FullyQualifiedErrorId | Should -BeLike 'Aeterna.RolledBack,*'
        $failure.TargetObject.Verdict | Should -Be rolled_back
        $failure.TargetObject.Changed | Should -BeFalse
        $result = Invoke-AeternaReload $service.Name -AllowRollback
        $result.Verdict | Should -Be rolled_back
        $result.Changed | Should -BeFalse
        (Get-AeternaStatus $service.Name).CurrentPid | Should -Be $before
    }

    It 'gives an error when pre-flight blocks it; -Force goes on' {
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

Describe 'One bad service among several' {
    BeforeAll {
        $services = 1..3 | ForEach-Object { Start-TestService }
        Set-Content "$($services[0].Folder)/block" ''
    }
    AfterAll { $services.ForEach({ Remove-TestService $_ }) }

    It 'does not end the turn of the others (<_>)' -ForEach by-name, piped, silently, after-a-good-one, waited-for, not-running {
        $case, $names = $_, $services.Name
        $how = @{ ErrorAction = 'Continue'; ErrorVariable = 'failures' }
        # Errors are shown as well as kept.
        $results = switch ($case) {
            by-name { Invoke-AeternaReload $names @how 2> $null }
            piped { Get-AeternaStatus $names | Invoke-AeternaReload @how 2> $null }
            silently { Invoke-AeternaReload $names -ErrorAction SilentlyContinue -ErrorVariable failures }
            after-a-good-one { Invoke-AeternaReload $names[1, 0, 2] @how 2> $null }
            waited-for { Invoke-AeternaReload $names -NoWait | Wait-AeternaReload @how 2> $null }
            not-running { Invoke-AeternaReload p-nobody, $names[1], $names[2] @how 2> $null }
        }
        $results.Name | Should -Be $names[1, 2]
        $results.Verdict | Should -Be succeeded, succeeded
        $failures | Should -HaveCount 1
        if ($case -eq 'not-running') { $failures[0].TargetObject | Should -Be p-nobody; return }
        $failures[0].FullyQualifiedErrorId | Should -BeLike 'Aeterna.ReloadBlocked,*'
        $failures[0].TargetObject.Name | Should -Be $names[0]
        $failures[0].TargetObject.Verdict | Should -Be blocked
    }

    It 'ends all with -ErrorAction Stop' {
        $before = (Get-AeternaStatus $services.Name).Generation
        Get-ErrorId { Invoke-AeternaReload $services.Name -ErrorAction Stop } | Should -Be Aeterna.ReloadBlocked
        (Get-AeternaStatus $services.Name).Generation | Should -Be $before
    }

    It 'is the exit code of a shell' {
        $null = & $Pwsh -NoProfile -NonInteractive -Command "Import-Module $Root/Aeterna.psd1; Invoke-AeternaReload $($services[0].Name)" 2>&1
        $LASTEXITCODE | Should -Be 1
    }

    It 'does not end the turn of the others when they are started or checked' {
        $files = New-TestService
        $good = New-TestService
        try {
            Set-Content "$($files.Folder)/server.py" 'import sys; sys.exit(7)'
            $started = Start-AeternaService nowhere:/a.yaml, $files.ConfigPath, /nowhere/b.yaml, $good.ConfigPath -ErrorAction SilentlyContinue -ErrorVariable failures
            $started.Name | Should -Be $good.Name
            $failures.FullyQualifiedErrorId -replace ',.*' | Should -Be DriveNotFound, Aeterna.StartFailed, Aeterna.FileNotFound
            $checked = Test-AeternaConfig nowhere:/a.yaml, $good.ConfigPath -Quiet -ErrorAction SilentlyContinue -ErrorVariable failures
            $checked | Should -BeTrue
            $failures.FullyQualifiedErrorId -replace ',.*' | Should -Be DriveNotFound
        } finally { $files, $good | ForEach-Object { Remove-TestService $_ } }
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

    It 'follows what is under way with -Queue' {
        $running = Invoke-AeternaReload $service.Name -NoWait
        $next = Invoke-AeternaReload $service.Name -Queue -NoWait -Reason later
        $next.Id | Should -Not -Be $running.Id
        $next.Queued | Should -BeTrue
        $next.Verdict | Should -BeNullOrEmpty
        $null = Undo-AeternaReload $service.Name
        (Wait-AeternaReload -Name $service.Name -Id $running.Id -AllowRollback).Verdict | Should -Be rolled_back
        Wait-Until { (Get-AeternaStatus $service.Name) | Where-Object { $_.ReloadId -eq $next.Id -and $_.State -eq 'SOAKING' } } 'the next one soaks'
        $null = Undo-AeternaReload $service.Name
        $done = Wait-AeternaReload -Name $service.Name -Id $next.Id -AllowRollback
        $done.Reason | Should -Be later
        $done.Queued | Should -BeFalse
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

    It 'has the last lines of what failed in the target of the error' {
        (Get-Content -Raw $service.ConfigPath) -replace 'command: \["/usr/bin/test".*?\]', 'command: [/bin/sh, -c, "echo the first; echo the second >&2; exit 1"]' |
            Set-Content $service.ConfigPath
        $failure = Get-Failure { Invoke-AeternaReload $service.Name }
        $failure.FullyQualifiedErrorId | Should -BeLike 'Aeterna.ReloadBlocked,*'
        $failure.TargetObject.Output | Sort-Object | Should -Be 'the first', 'the second'
        $failure.TargetObject | Format-List | Out-String | Should -Match 'Output +: the'
    }

    It 'shows phase, countdown and probes in a progress bar' {
        $shell = [powershell]::Create().AddScript("Import-Module $Root/Aeterna.psd1; Invoke-AeternaReload $($service.Name)")
        $null = $shell.BeginInvoke()
        Wait-Until { $shell.Streams.Progress.Where({ $_.SecondsRemaining -gt 0 }).Count -gt 0 } 'the bar shows the soak'
        $shown = $shell.Streams.Progress.Where({ $_.SecondsRemaining -gt 0 })[0]
        $shown.Activity | Should -BeLike "$($service.Name): reload *"
        $shown.StatusDescription | Should -Match '^soak: process: ' -Because 'the usual view shows no CurrentOperation'
        $shown.StatusDescription | Should -Not -Match 'left|remain' -Because 'SecondsRemaining says it'
        $shell.Stop()
        $shell.Dispose()
    }
}
