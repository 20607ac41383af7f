BeforeAll { . $PSScriptRoot/Support.ps1 }

Describe 'Stop-AeternaService' {
    BeforeEach { $service = Start-TestService }
    AfterEach { Remove-TestService $service }

    It 'drains and stops, and gives nothing' {
        $before = Get-AeternaStatus $service.Name
        Stop-AeternaService -Name $service.Name | Should -BeNullOrEmpty
        foreach ($process in $before.CurrentPid, $before.EnginePid) { Get-Content "/proc/$process/stat" -ErrorAction Ignore | Should -Not -Match "\) [^Z] " }
        Get-ErrorId { Get-AeternaStatus $service.Name } | Should -Be Aeterna.NotRunning
    }

    It 'returns when the service has ended and not before' {
        $slow = New-TestService
        try {
            # It drains for as long as the test wants it to.
            $hold = "import pathlib, time; pathlib.Path('$($slow.Folder)/draining').touch()`nwhile not pathlib.Path('$($slow.Folder)/go').exists(): time.sleep(.01)"
            $code = (Get-Content -Raw "$($slow.Folder)/server.py").Replace('(signal.sigwait([signal.SIGTERM]), os._exit(0))', "(signal.sigwait([signal.SIGTERM]), exec(open('$($slow.Folder)/hold.py').read(), {}), os._exit(0))")
            Set-Content "$($slow.Folder)/server.py" $code
            Set-Content "$($slow.Folder)/hold.py" $hold
            $before = Start-AeternaService $slow.ConfigPath
            $shell = [powershell]::Create().AddScript("Import-Module $Root/Aeterna.psd1; Stop-AeternaService $($slow.Name); Test-Path /proc/$($before.CurrentPid)")
            $run = $shell.BeginInvoke()
            Wait-Until { Test-Path "$($slow.Folder)/draining" } 'the service drains'
            $run.AsyncWaitHandle.WaitOne(1500) | Should -BeFalse -Because 'it still drains'
            Set-Content "$($slow.Folder)/go" ''
            $shell.EndInvoke($run) | Should -BeFalse -Because 'the process has ended by then'
            $shell.Streams.Error | Should -BeNullOrEmpty
            $shell.Dispose()
            (Start-AeternaService $slow.ConfigPath).Changed | Should -BeTrue
        } finally { Remove-TestService $slow }
    }

    It 'takes statuses from the pipeline, and gives them back with -PassThru' {
        $stopped = Get-AeternaStatus $service.Name | Stop-AeternaService -PassThru
        $stopped.Name | Should -Be $service.Name
        $stopped.State | Should -Be STOPPED
        $stopped.Changed | Should -BeTrue
    }

    It 'changes nothing with -WhatIf' {
        Stop-AeternaService $service.Name -WhatIf
        (Get-AeternaStatus $service.Name).State | Should -Be RUNNING
    }

    It 'ends its waiting in time; -Force hurries the stop' {
        $code = (Get-Content -Raw "$($service.Folder)/server.py") -replace 'threading.Thread.*', ''
        Set-Content "$($service.Folder)/server.py" $code
        $null = Invoke-AeternaReload $service.Name
        Get-ErrorId { Stop-AeternaService $service.Name -Timeout 0.5 } | Should -Be Aeterna.Timeout
        (Get-AeternaStatus $service.Name).State | Should -Be DRAINING
        Get-ErrorId { Invoke-AeternaReload $service.Name } | Should -Be Aeterna.Stopping
        Stop-AeternaService $service.Name -Force -Timeout 60
        Get-ErrorId { Get-AeternaStatus $service.Name } | Should -Be Aeterna.NotRunning
    }

    It 'names the processes that live on when the engine dies in the midst of the stop' {
        $stubborn = New-TestService
        $before = $null
        try {
            $code = (Get-Content -Raw "$($stubborn.Folder)/server.py") -replace 'threading.Thread.*', ''
            Set-Content "$($stubborn.Folder)/server.py" $code
            $before = Start-AeternaService $stubborn.ConfigPath -Keeper:$false
            $shell = [powershell]::Create().AddScript("Import-Module $Root/Aeterna.psd1; Stop-AeternaService $($stubborn.Name)")
            $run = $shell.BeginInvoke()
            Wait-Until { (Get-AeternaStatus $stubborn.Name).State -eq 'DRAINING' } 'the service drains'
            Stop-Process -Id $before.EnginePid -Force
            $shell.EndInvoke($run) | Should -BeNullOrEmpty
            $shell.Streams.Error.Count | Should -Be 1
            $shell.Streams.Error[0].FullyQualifiedErrorId | Should -Be 'Aeterna.StopFailed,Aeterna.PowerShell.Commands.StopAeternaServiceCommand'
            $shell.Streams.Error[0].CategoryInfo.Category | Should -Be InvalidResult
            $shell.Streams.Error[0].Exception.Message | Should -Match "live on \(pid $($before.CurrentPid)\)"
            $shell.Dispose()
        } finally {
            if ($before) { Stop-Process -Id $before.CurrentPid -Force -ErrorAction Ignore }
            Remove-TestService $stubborn
        }
    }

    It 'names them too when the engine dies before it has answered' {
        # In a session of its own, as every generation is.
        $left = Start-Process /usr/bin/setsid sleep, 600 -PassThru
        Wait-Until { (Get-Content "/proc/$($left.Id)/stat") -match '\(sleep\)' } 'it has its session'
        $status = '{"service":"p","fsm_state":"RUNNING","uptime":"1s","last_handover":{"status":"ok"},"engine_version":"1","config_path":"/p","contract_version":1,"engine_pid":ENGINE,"generations":[{"number":1,"role":"active","pid":LEFT,"started_at":"2026-11-22T09:00:00Z"}]}'
        $engine = $null
        try {
            $engine = Start-FalseEngine $status.Replace('LEFT', $left.Id).Replace('ENGINE', $left.Id)
            $failure = Get-Failure { Stop-AeternaService -SocketPath $engine.Socket }
            $failure.FullyQualifiedErrorId | Should -BeLike 'Aeterna.StopFailed,*'
            $failure.Exception.Message | Should -Match "live on \(pid $($left.Id)\)"
        } finally {
            $left.Kill()
            if ($engine) { Stop-FalseEngine $engine }
        }
    }

    It 'has an id for what does not run, and goes on with the others' {
        Stop-AeternaService p-nobody, $service.Name -ErrorAction SilentlyContinue -ErrorVariable failures
        $failures.Count | Should -Be 1
        $failures[0].FullyQualifiedErrorId | Should -BeLike 'Aeterna.NotRunning,*'
        $failures[0].TargetObject | Should -Be p-nobody
        Get-ErrorId { Get-AeternaStatus $service.Name } | Should -Be Aeterna.NotRunning
    }
}
