BeforeAll {
    . $PSScriptRoot/Support.ps1
    $service = Start-TestService
    $null = Invoke-AeternaReload $service.Name
}
AfterAll { Remove-TestService $service }

Describe 'Get-AeternaLog' {
    It 'gives the last lines of an engine in the background' {
        $lines = Get-AeternaLog $service.Name
        $lines | Should -BeOfType string
        $lines -match 'generation 2 has been started' | Should -HaveCount 1
        @(Get-AeternaLog -Name $service.Name -Tail 2) | Should -Be ($lines | Select-Object -Last 2)
        @(Get-AeternaStatus $service.Name | Get-AeternaLog -Tail 1) | Should -Be $lines[-1]
        Get-AeternaLog -Tail 1 | Should -Be $lines[-1] -Because 'it is the only one'
    }

    It 'goes on with what comes until Ctrl-C, and leaves no program behind' {
        $shell = [powershell]::Create().AddScript("Import-Module $Root/Aeterna.psd1; Get-AeternaLog $($service.Name) -Tail 1 -Wait")
        $output = [Management.Automation.PSDataCollection[psobject]]::new()
        $null = $shell.BeginInvoke([Management.Automation.PSDataCollection[psobject]]::new(), $output)
        try {
            Wait-Until { $output.Count -gt 0 } 'it shows the last line'
            $followers = { Get-Process aeterna -ErrorAction Ignore | Where-Object CommandLine -match "logs .*--follow .*$($service.Name)" }
            & $followers | Should -HaveCount 1
            $null = Invoke-AeternaReload $service.Name
            Wait-Until { @($output.ReadAll()) -match 'generation 3 has been started' } 'it shows what comes'
            $shell.Stop()
            Wait-Until { -not (& $followers) } 'the program has ended'
        } finally { $shell.Dispose() }
    }

    It 'ends when nobody wants more' {
        Get-AeternaLog $service.Name -Wait | Select-Object -First 1 | Should -HaveCount 1
    }

    It 'can be read when the engine is gone, with a warning' {
        $own = Start-TestService
        try {
            Stop-AeternaService $own.Name
            Get-AeternaLog $own.Name -WarningVariable warnings -WarningAction SilentlyContinue | Should -Not -BeNullOrEmpty
            "$warnings" | Should -Match "no engine of $($own.Name) is running"
        } finally { Remove-TestService $own }
    }

    It 'has an id for what does not run, and for what is elsewhere' {
        $failure = Get-Failure { Get-AeternaLog p-nobody }
        $failure.FullyQualifiedErrorId | Should -BeLike 'Aeterna.NotRunning,*'
        $failure.Exception.Message | Should -Match '^cannot read the log of p-nobody: '
        Get-ErrorId { [pscustomobject]@{ Name = $service.Name; Uri = 'https://loghost:9443' } | Get-AeternaLog } | Should -Be Aeterna.Refused
    }
}
