BeforeAll { . $PSScriptRoot/Support.ps1 }

Describe 'Watch-AeternaSoak' {
    BeforeEach { $service = Start-TestService -Soak 1s }
    AfterEach { Remove-TestService $service }

    It 'gives typed events until the verdict' {
        $events = Invoke-AeternaReload $service.Name -NoWait | Watch-AeternaSoak
        $events | Should -BeOfType Aeterna.PowerShell.AeternaSoakEvent
        $events[-1].Kind | Should -Be verdict
        $events[-1].Verdict | Should -Be succeeded
        $probe = $events.Where({ $_.Kind -eq 'probe' })[0]
        $probe.Probe | Should -Be process
        $probe.Healthy | Should -BeTrue
        $probe.Time | Should -BeOfType DateTimeOffset
        $events.Kind | Should -Contain phase
        $events.Name | Sort-Object -Unique | Should -Be $service.Name
    }

    It 'shows resource limits as such' {
        (Get-Content -Raw $service.ConfigPath).Replace('soak_time: "1s"', 'soak_time: "1s", limits: { rss: 100x }') | Set-Content $service.ConfigPath
        $events = Invoke-AeternaReload $service.Name -NoWait | Watch-AeternaSoak
        $events.Where({ $_.Kind -eq 'resource' })[0].Probe | Should -Be 'limit rss'
    }

    It 'watches the reload that is under way, by name and from the pipeline' {
        $reload = Invoke-AeternaReload $service.Name -NoWait
        (Watch-AeternaSoak -Name $service.Name)[-1].ReloadId | Should -Be $reload.Id
        (Get-AeternaHistory $service.Name -First 1 | Watch-AeternaSoak)[-1].Verdict | Should -Be succeeded
    }

    It 'ends when nobody wants more' {
        Invoke-AeternaReload $service.Name -NoWait | Watch-AeternaSoak | Select-Object -First 1 | Should -HaveCount 1
        $null = Undo-AeternaReload $service.Name
    }

    It 'has an id for nothing to watch' {
        Get-ErrorId { Watch-AeternaSoak $service.Name } | Should -Be Aeterna.NothingToWatch
        Get-ErrorId { Watch-AeternaSoak $service.Name -Id nothing } | Should -Be Aeterna.NoSuchReload
        Get-ErrorId { Watch-AeternaSoak p-nobody } | Should -Be Aeterna.NotRunning
    }
}
