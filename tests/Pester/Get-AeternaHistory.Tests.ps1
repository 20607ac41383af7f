BeforeAll {
    . $PSScriptRoot/Support.ps1
    $service = Start-TestService
    $reload = Invoke-AeternaReload $service.Name -Reason why
}
AfterAll { Remove-TestService $service }

Describe 'Get-AeternaHistory' {
    It 'shows the records, newest first' {
        $records = Get-AeternaHistory -Name $service.Name
        $records.Kind | Should -Be reload, start
        $records[0] | Should -BeOfType Aeterna.PowerShell.AeternaReload
        $records[0].Reason | Should -Be why
        $records[0].Phases[0].Duration | Should -BeOfType timespan
    }

    It 'shows the newest only, or one by its id' {
        (Get-AeternaHistory $service.Name -First 1).Id | Should -Be $reload.Id
        (Get-AeternaHistory $service.Name -Limit 1).Id | Should -Be $reload.Id
        (Get-AeternaHistory $service.Name -Id $reload.Id).Reason | Should -Be why
    }

    It 'takes services from the pipeline, and without a name shows all' {
        (Get-AeternaStatus $service.Name | Get-AeternaHistory).Count | Should -Be 2
        (Get-AeternaHistory).Id | Should -Contain $reload.Id
    }

    It 'knows the newest by its number, with a record of a clock that ran ahead; keep <_>' -ForEach 1000, 1 {
        $other = New-TestService
        $keep = $_
        (Get-Content -Raw $other.ConfigPath).Replace('history" }', "history`", keep: $keep }") | Set-Content $other.ConfigPath
        try {
            $null = Start-AeternaService $other.ConfigPath
            $null = Invoke-AeternaReload $other.Name
            Stop-AeternaService $other.Name
            $newest = Get-ChildItem "$($other.Folder)/history" -Filter *.json | Sort-Object Name | Select-Object -Last 1
            $ahead = '20990101T000000.000Z-abcd'
            (Get-Content -Raw $newest).Replace($newest.BaseName, $ahead) -replace '("config_sha256":")[0-9a-f]+', '${1}00' | Set-Content "$($other.Folder)/history/$ahead.json"
            $started = Start-AeternaService $other.ConfigPath
            $result = Invoke-AeternaReload $other.Name -Reason now -Timeout 60
            $result.Verdict | Should -Be succeeded
            $result.Number | Should -Be ($started.LastReload.Number + 1)
            (Get-AeternaHistory $other.Name -First 1).Id | Should -Be $result.Id
            (Get-AeternaStatus $other.Name).LastReload.Reason | Should -Be now
            (Start-AeternaService $other.ConfigPath).Changed | Should -BeFalse
        } finally { Remove-TestService $other }
    }

    It 'has an id for what is not there' {
        Get-ErrorId { Get-AeternaHistory $service.Name -Id nothing } | Should -Be Aeterna.NoSuchReload
        Get-ErrorId { Get-AeternaHistory p-nobody } | Should -Be Aeterna.NotRunning
    }
}
