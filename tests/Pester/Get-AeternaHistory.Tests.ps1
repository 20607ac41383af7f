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

    It 'has an id for what is not there' {
        Get-ErrorId { Get-AeternaHistory $service.Name -Id nothing } | Should -Be Aeterna.NoSuchReload
        Get-ErrorId { Get-AeternaHistory p-nobody } | Should -Be Aeterna.NotRunning
    }
}
