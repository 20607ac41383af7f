BeforeAll { . $PSScriptRoot/Support.ps1 }

Describe 'Start-AeternaService' {
    BeforeEach { $service = New-TestService }
    AfterEach { Remove-TestService $service }

    It 'starts an engine, waits until it serves, and is idempotent' {
        $first = Start-AeternaService -ConfigPath $service.ConfigPath
        $first.State | Should -Be RUNNING
        $first.Changed | Should -BeTrue
        $first.CurrentPid | Should -BeGreaterThan 0
        $second = Start-AeternaService $service.ConfigPath
        $second.Changed | Should -BeFalse
        $second.EnginePid | Should -Be $first.EnginePid
    }

    It 'warns of what pre-flight found, which blocks no start' {
        New-Item "$($service.Folder)/block"
        $started = Start-AeternaService $service.ConfigPath -WarningVariable said -WarningAction SilentlyContinue
        $started.State | Should -Be RUNNING
        "$said" | Should -Match '^generation 1 .* serves, although pre_flight "may go on": exit code 1$'
    }

    It 'takes files from the pipeline, several at once' {
        $other = New-TestService
        try {
            $started = Get-Item $service.ConfigPath, $other.ConfigPath | Start-AeternaService
            $started.Name | Should -Be $service.Name, $other.Name
            (Get-AeternaStatus $service.Name, $other.Name).State | Should -Be RUNNING, RUNNING
        } finally { Remove-TestService $other }
    }

    It 'changes nothing with -WhatIf' {
        Start-AeternaService $service.ConfigPath -WhatIf | Should -BeNullOrEmpty
        Get-ErrorId { Get-AeternaStatus $service.Name } | Should -Be Aeterna.NotRunning
    }

    It 'takes the place of a running daemon, and refuses what is none before anything is done to it' {
        { Start-AeternaService $service.ConfigPath -AdoptPid $PID -ErrorAction Stop } |
            Should -Throw -ErrorId 'Aeterna.StartFailed,*' -ExpectedMessage "*cannot adopt pid $PID as $($service.Name): the engine itself runs below it*"
        Get-ErrorId { Get-AeternaStatus $service.Name } | Should -Be Aeterna.NotRunning
        $daemon = Start-Process /usr/bin/python3 -PassThru -ArgumentList '-S', "$($service.Folder)/server.py" -Environment @{ AETERNA_GENERATION = '7' }
        Wait-Until { try { [Net.Sockets.TcpClient]::new('127.0.0.1', $service.Port).GetStream().ReadByte() -eq 55 } catch { $false } } 'the daemon serves'
        (Start-AeternaService $service.ConfigPath -AdoptPid $daemon.Id).State | Should -Be RUNNING
        Wait-Until { $daemon.HasExited } 'the daemon has ended'
        $record = Get-AeternaHistory $service.Name | Select-Object -First 1
        $record.Kind, $record.Verdict, $record.OldPid, $record.ConnectionsClosed | Should -Be adopt, succeeded, $daemon.Id, 0
    }

    It 'starts an engine that outlives the shell, also when that is killed' {
        $shell = Start-Process $Pwsh -PassThru -ArgumentList '-NoProfile', '-Command',
            "`"Import-Module $Root/Aeterna.psd1; `$null = Start-AeternaService $($service.ConfigPath); Set-Content $($service.Folder)/done 1; Start-Sleep 600`""
        Wait-Until { Test-Path "$($service.Folder)/done" } 'the other shell has started the service'
        $shell.Kill()
        $shell.WaitForExit()
        (Get-AeternaStatus $service.Name).State | Should -Be RUNNING
        (Invoke-AeternaReload $service.Name).Verdict | Should -Be succeeded
    }

    It 'leaves a keeper, with which the service does not notice that an engine dies' {
        $first = Start-AeternaService $service.ConfigPath
        $first.KeeperPid | Should -BeGreaterThan 0
        $first.KeeperPid | Should -Not -Be $first.EnginePid
        Wait-Until { (Get-AeternaStatus $service.Name).KeeperReady } 'another engine could go on'
        Stop-Process -Id $first.EnginePid -Force
        Wait-Until { (Get-AeternaStatus $service.Name -ErrorAction Ignore).EngineDeaths -eq 1 } 'another engine goes on'
        $after = Get-AeternaStatus $service.Name
        $after.CurrentPid, $after.KeeperPid | Should -Be $first.CurrentPid, $first.KeeperPid
        (Invoke-AeternaReload $service.Name).Verdict | Should -Be succeeded
        $null = Stop-AeternaService $service.Name
        Wait-Until { -not (Get-Process -Id $first.KeeperPid -ErrorAction Ignore) } 'the keeper has ended too'
    }

    It 'leaves a keeper or none, as it is asked' {
        (Start-AeternaService $service.ConfigPath -Keeper).KeeperPid | Should -BeGreaterThan 0
        $null = Stop-AeternaService $service.Name
        (Start-AeternaService $service.ConfigPath -Keeper:$false).KeeperPid | Should -BeNullOrEmpty
    }

    It 'is not held up by what a dead engine left behind' {
        $null = Start-AeternaService $service.ConfigPath -Keeper:$false
        $status = Get-AeternaStatus $service.Name
        Stop-Process -Id $status.EnginePid -Force
        Wait-Until { -not (Get-Process -Id $status.EnginePid -ErrorAction Ignore) } 'the engine is dead'
        Stop-Process -Id $status.CurrentPid -Force -ErrorAction Ignore
        Test-Path $service.Socket | Should -BeTrue
        Get-ErrorId { Get-AeternaStatus $service.Name } | Should -Be Aeterna.NotRunning
        Get-AeternaStatus | Where-Object Name -EQ $service.Name | Should -BeNullOrEmpty
        (Start-AeternaService $service.ConfigPath).Changed | Should -BeTrue
    }

    It 'runs the engine in the foreground until it is stopped' {
        $shell = Start-Process $Pwsh -PassThru -RedirectStandardError "$($service.Folder)/log" -ArgumentList '-NoProfile', '-Command',
            "`"Import-Module $Root/Aeterna.psd1; Start-AeternaService $($service.ConfigPath) -Foreground`""
        Wait-Until { Get-AeternaStatus $service.Name -ErrorAction Ignore | Where-Object State -EQ RUNNING } 'it serves'
        Stop-AeternaService $service.Name
        $shell.WaitForExit(60000) | Should -BeTrue
        $shell.ExitCode | Should -Be 0
        Get-Content -Raw "$($service.Folder)/log" | Should -Match 'generation 1'
    }

    It 'uses the control socket that the configuration names' {
        Add-Content $service.ConfigPath "control: { socket: `"$($service.Folder)/c.sock`" }"
        (Start-AeternaService $service.ConfigPath).Changed | Should -BeTrue
        (Start-AeternaService $service.ConfigPath).Changed | Should -BeFalse
        Get-AeternaStatus -SocketPath "$($service.Folder)/c.sock" | Stop-AeternaService
        Get-ErrorId { Get-AeternaStatus -SocketPath "$($service.Folder)/c.sock" } | Should -Be Aeterna.NotRunning
    }

    It 'refuses to start what runs with another configuration' {
        $null = Start-AeternaService $service.ConfigPath
        Add-Content $service.ConfigPath '# changed'
        Get-ErrorId { Start-AeternaService $service.ConfigPath } | Should -Be Aeterna.AlreadyRunning
        $null = Invoke-AeternaReload $service.Name
        (Start-AeternaService $service.ConfigPath).Changed | Should -BeFalse
    }

    It 'says so when the service runs with a file of another path' {
        $null = Start-AeternaService $service.ConfigPath
        Copy-Item $service.ConfigPath "$($service.Folder)/moved.yaml"
        $failure = Get-Failure { Start-AeternaService "$($service.Folder)/moved.yaml" }
        $failure.FullyQualifiedErrorId | Should -BeLike 'Aeterna.OtherConfigPath,*'
        $failure.Exception.Message | Should -Match $service.ConfigPath
    }

    It 'says what is wrong in a bad configuration, with the findings as target' {
        (Get-Content -Raw $service.ConfigPath).Replace('soak_time', 'soaktime') | Set-Content $service.ConfigPath
        $failure = Get-Failure { Start-AeternaService $service.ConfigPath }
        $failure.FullyQualifiedErrorId | Should -BeLike 'Aeterna.ConfigInvalid,*'
        $failure.CategoryInfo.Category | Should -Be InvalidData
        $failure.TargetObject[0].Line | Should -Be 5
        $failure.ErrorDetails.RecommendedAction | Should -Match Test-AeternaConfig
    }

    It 'says why the service did not start' {
        Set-Content "$($service.Folder)/server.py" 'import sys; sys.exit(7)'
        $failure = Get-Failure { Start-AeternaService $service.ConfigPath }
        $failure.FullyQualifiedErrorId | Should -BeLike 'Aeterna.StartFailed,*'
        $failure.Exception.Message | Should -Match 'exit code 7|code 7'
    }

    It 'ends its waiting in time, and says so' {
        # It waits for a READY=1 that never comes.
        Set-Content "$($service.Folder)/server.py" 'import time; time.sleep(600)'
        (Get-Content $service.ConfigPath -Raw) -replace '(?m)^orchestration:', "orchestration:`n  startup: { ready: notify, timeout: 10m }" | Set-Content $service.ConfigPath
        $failure = Get-Failure { Start-AeternaService $service.ConfigPath -Timeout 1.5 }
        $failure.FullyQualifiedErrorId | Should -BeLike 'Aeterna.Timeout,*'
        $failure.CategoryInfo.Category | Should -Be OperationTimeout
        Wait-Until { Get-AeternaStatus $service.Name -ErrorAction Ignore } 'the engine goes on'
    }

    It 'has an id for a missing file, and for a missing engine' {
        Get-ErrorId { Start-AeternaService /nowhere/aeterna.yaml } | Should -Be Aeterna.FileNotFound
        $env:AETERNA_ENGINE = '/nowhere/aeterna'
        try { Get-ErrorId { Start-AeternaService $service.ConfigPath } | Should -Be Aeterna.EngineMissing }
        finally { Remove-Item Env:AETERNA_ENGINE }
    }
}
