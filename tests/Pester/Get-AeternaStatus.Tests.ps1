BeforeAll {
    . $PSScriptRoot/Support.ps1
    $service = Start-TestService
    $other = Start-TestService
    $status = '{"service":"x","fsm_state":"RUNNING","uptime":"1s","last_handover":{"status":"none"},"engine_version":"9.1.0","config_path":"/x","contract_version":VERSION}'
}
AfterAll { Remove-TestService $service; Remove-TestService $other }

Describe 'Get-AeternaStatus' {
    It 'shows one service, typed' {
        $status = Get-AeternaStatus -Name $service.Name
        $status | Should -BeOfType Aeterna.PowerShell.AeternaStatus
        $status.State | Should -Be RUNNING
        $status.Uptime | Should -BeOfType timespan
        $status.Generations[0].Memory | Should -BeOfType long
        $status.Listeners[0].Address | Should -Be "tcp://127.0.0.1:$($service.Port)"
        $status.LastReload.Kind | Should -Be start
        $status.Changed | Should -BeFalse
    }

    It 'shows all services without a name, several by name, and some by wildcard' {
        (Get-AeternaStatus).Name | Should -Contain $service.Name
        (Get-AeternaStatus).Name | Should -Contain $other.Name
        (Get-AeternaStatus $service.Name, $other.Name).Name | Should -Be $service.Name, $other.Name
        (Get-AeternaStatus "$($other.Name.Substring(0, 11))*").Name | Should -Be $other.Name
    }

    It 'takes names from the pipeline' {
        ([pscustomobject]@{ Name = $service.Name } | Get-AeternaStatus).Name | Should -Be $service.Name
        (Get-AeternaGeneration $service.Name | Get-AeternaStatus).Name | Should -Be $service.Name
    }

    It 'reads well as JSON' {
        (Get-AeternaStatus $service.Name | ConvertTo-Json -Depth 5 -WarningAction SilentlyContinue | ConvertFrom-Json).State | Should -Be RUNNING
    }

    It 'says that nothing runs there, and shows the others' {
        $shown = Get-AeternaStatus p-nobody, $service.Name -ErrorAction SilentlyContinue -ErrorVariable failures
        $shown.Name | Should -Be $service.Name
        $failures[0].FullyQualifiedErrorId | Should -Be 'Aeterna.NotRunning,Aeterna.PowerShell.Commands.GetAeternaStatusCommand'
        $failures[0].CategoryInfo.Category | Should -Be ObjectNotFound
        $failures[0].TargetObject | Should -Be p-nobody
        $failures[0].ErrorDetails.RecommendedAction | Should -Match Start-AeternaService
    }

    It 'gives up on a control socket that hangs' {
        $false_ = Start-FalseEngine
        try {
            $failure = Get-Failure { Get-AeternaStatus -SocketPath $false_.Socket }
            $failure.FullyQualifiedErrorId | Should -BeLike 'Aeterna.Timeout,*'
            $failure.Exception.Message | Should -Match 'did not answer within 5s'
        } finally { Stop-FalseEngine $false_ }
    }

    It 'refuses an engine of contract version <_>' -ForEach 0, 2 {
        $false_ = Start-FalseEngine $status.Replace('VERSION', $_)
        try {
            $failure = Get-Failure { Get-AeternaStatus -SocketPath $false_.Socket }
            $failure.FullyQualifiedErrorId | Should -BeLike 'Aeterna.ContractVersion,*'
            $failure.Exception.Message | Should -Match 'module of version 9.1.0'
            Get-ErrorId { Invoke-AeternaReload -SocketPath $false_.Socket } | Should -Be Aeterna.ContractVersion
        } finally { Stop-FalseEngine $false_ }
    }

    It 'says with -Verbose what it asks, and with -Debug how' {
        $said = Get-AeternaStatus $service.Name -Verbose -Debug *>&1
        $verbose = $said.Where({ $_ -is [Management.Automation.VerboseRecord] }).Message
        $verbose | Should -Be "asks the engine at $($service.Socket) to read the status of $($service.Name)"
        $debug = $said.Where({ $_ -is [Management.Automation.DebugRecord] }).Message
        $debug[0] | Should -Be 'GET /v1/status'
        $debug[1] | Should -Match '^GET /v1/status: 200, \d+ characters in [\d.]+ms$'
        $failed = Get-AeternaStatus p-nobody -Verbose -ErrorAction SilentlyContinue *>&1
        $failed.Where({ $_ -is [Management.Automation.VerboseRecord] }).Message | Should -Match p-nobody
        @(Get-AeternaStatus $service.Name *>&1).Count | Should -Be 1
    }

    It 'shows nothing of the page that a stranger sends: <Case>' -ForEach @(
        @{ Case = 'a page'; Answer = "HTTP/1.1 200 OK`r`nContent-Length: 28`r`n`r`n<html><b>hello there</b></html"; Id = 'NotAnEngine' }
        @{ Case = 'an error page'; Answer = "HTTP/1.1 404 Not Found`r`nContent-Length: 24`r`n`r`n<html>hello there</html>"; Id = 'NotAnEngine' }
        @{ Case = 'no HTTP'; Answer = "SSH-2.0-hello there`r`n"; Id = 'NotAnEngine' }
        @{ Case = 'nothing'; Answer = ''; Id = 'Unreachable' }
    ) {
        $listener = [Net.Sockets.TcpListener]::new([Net.IPAddress]::Loopback, (New-Port))
        $listener.Start()
        $shell = [powershell]::Create().AddScript({
            param($listener, $answer)
            # It may ask again on another connection.
            while ($client = $listener.AcceptTcpClient()) {
                $null = $client.GetStream().Read([byte[]]::new(4096))
                $client.GetStream().Write([Text.Encoding]::ASCII.GetBytes($answer))
                $client.Close()
            }
        }).AddArgument($listener).AddArgument($Answer)
        $null = $shell.BeginInvoke()
        try {
            $failure = Get-Failure { Get-AeternaStatus -Uri "http://$($listener.LocalEndpoint)" }
            $failure.FullyQualifiedErrorId | Should -BeLike "Aeterna.$Id,*"
            "$failure $($failure.ErrorDetails)" | Should -Not -Match 'hello|html|<|BytePosition'
            "$failure" | Should -Match '^cannot read the status of http'
        } finally { $listener.Stop(); $shell.Dispose() }
    }

    It 'refuses what is no engine' {
        $false_ = Start-FalseEngine 'hello'
        try { Get-ErrorId { Get-AeternaStatus -SocketPath $false_.Socket } | Should -Be Aeterna.NotAnEngine }
        finally { Stop-FalseEngine $false_ }
    }
}
