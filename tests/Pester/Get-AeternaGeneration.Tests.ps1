BeforeAll {
    . $PSScriptRoot/Support.ps1
    $service = Start-TestService -Soak 10m
}
AfterAll { Remove-TestService $service }

Describe 'Get-AeternaGeneration' {
    It 'shows the active generation, and in a reload the candidate too' {
        $one = Get-AeternaGeneration -Name $service.Name
        $one | Should -BeOfType Aeterna.PowerShell.AeternaGeneration
        $one.Role | Should -Be active
        $one.Memory | Should -BeGreaterThan 1MB
        $one.Cpu | Should -BeOfType timespan
        $one.StartedAt | Should -BeOfType DateTimeOffset
        $null = Invoke-AeternaReload $service.Name -NoWait
        Wait-Until { (Get-AeternaGeneration $service.Name).Role -contains 'candidate' } 'there are two'
        $null = Undo-AeternaReload $service.Name
    }

    It 'takes services from the pipeline' {
        (Get-AeternaStatus $service.Name | Get-AeternaGeneration).Name | Should -Be $service.Name
    }

    It 'has an id for what does not run' {
        Get-ErrorId { Get-AeternaGeneration p-nobody } | Should -Be Aeterna.NotRunning
    }
}
