BeforeAll { . $PSScriptRoot/Support.ps1 }

Describe 'Send-AeternaSignal' {
    BeforeEach { $service = Start-TestService }
    AfterEach { Remove-TestService $service }

    It 'refuses what would end the process, with an id' {
        Get-ErrorId { Send-AeternaSignal $service.Name USR2 } | Should -Be Aeterna.SignalRefused
        Get-ErrorId { Send-AeternaSignal $service.Name KILL } | Should -Be Aeterna.SignalRefused
        Get-ErrorId { Send-AeternaSignal p-nobody HUP } | Should -Be Aeterna.NotRunning
        (Get-AeternaStatus $service.Name).Restarts | Should -Be 0
    }

    It 'sends nothing with -WhatIf' {
        Send-AeternaSignal $service.Name -Signal USR2 -WhatIf
    }
}
