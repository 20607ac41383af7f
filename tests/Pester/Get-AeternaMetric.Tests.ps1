BeforeAll {
    . $PSScriptRoot/Support.ps1
    $service = Start-TestService
}
AfterAll { Remove-TestService $service }

Describe 'Get-AeternaMetric' {
    It 'reads numbers with their labels' {
        $null = Invoke-AeternaReload $service.Name
        $reloads = Get-AeternaMetric -Name $service.Name -Metric aeterna_reloads_total
        $reloads | Should -BeOfType Aeterna.PowerShell.AeternaMetric
        $one = $reloads | Where-Object { $_.Labels['kind'] -eq 'reload' }
        $one.Labels['verdict'] | Should -Be succeeded
        $one.Value | Should -Be 1
        $one.Type | Should -Be counter
        $one.Help | Should -Not -BeNullOrEmpty
    }

    It 'reads all without a name, and some by wildcard' {
        $all = (Get-AeternaMetric $service.Name).Metric
        $all | Should -Contain aeterna_restarts_total
        (Get-AeternaMetric $service.Name *_bucket).Type | Sort-Object -Unique | Should -Be histogram
        (Get-AeternaMetric $service.Name aeterna_restarts_total, aeterna_reloads_total).Metric | Sort-Object -Unique | Should -Be aeterna_reloads_total, aeterna_restarts_total
    }

    It 'takes services from the pipeline' {
        (Get-AeternaStatus $service.Name | Get-AeternaMetric -Metric aeterna_restarts_total).Name | Should -Be $service.Name
    }

    It 'has an id for what does not run' {
        Get-ErrorId { Get-AeternaMetric p-nobody } | Should -Be Aeterna.NotRunning
    }
}
