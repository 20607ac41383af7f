BeforeAll {
    . $PSScriptRoot/Support.ps1
    $service = Start-TestService
}
AfterAll { Remove-TestService $service }

Describe 'Get-AeternaListener' {
    It 'shows the sockets that the engine holds' {
        $listener = Get-AeternaListener -Name $service.Name
        $listener | Should -BeOfType Aeterna.PowerShell.AeternaListener
        $listener.Address | Should -Be "tcp://127.0.0.1:$($service.Port)"
        $listener.State | Should -Be listening
        $listener.Generations | Should -Be 1
    }

    It 'takes services from the pipeline' {
        (Get-AeternaStatus $service.Name | Get-AeternaListener).Name | Should -Be $service.Name
    }

    It 'has an id for what does not run' {
        Get-ErrorId { Get-AeternaListener p-nobody } | Should -Be Aeterna.NotRunning
    }
}
