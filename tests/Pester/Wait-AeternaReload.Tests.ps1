BeforeAll {
    . $PSScriptRoot/Support.ps1
    $service = Start-TestService -Soak 10m
}
AfterAll { Remove-TestService $service }

Describe 'Wait-AeternaReload' {
    It 'ends its waiting in time, and gives the result of one that was rolled back' {
        $reload = Invoke-AeternaReload $service.Name -NoWait
        $failure = Get-Failure { Wait-AeternaReload -Name $service.Name -Id $reload.Id -Timeout 500ms }
        $failure.FullyQualifiedErrorId | Should -BeLike 'Aeterna.Timeout,*'
        $failure.Exception.Message | Should -Match "Wait-AeternaReload -Id $($reload.Id)"
        $null = Undo-AeternaReload $service.Name
        Get-ErrorId { $reload | Wait-AeternaReload } | Should -Be Aeterna.RolledBack
        ($reload | Wait-AeternaReload -AllowRollback).Verdict | Should -Be rolled_back
    }

    It 'gives the result of one that has succeeded at once' {
        $start = Get-AeternaHistory $service.Name | Select-Object -Last 1
        (Wait-AeternaReload $service.Name -Id $start.Id).Verdict | Should -Be succeeded
    }

    It 'needs no id: it takes the reload under way, or else the last one' {
        $reload = Invoke-AeternaReload $service.Name -NoWait
        $failure = Get-Failure { Wait-AeternaReload $service.Name -Timeout 0.2s }
        $failure.FullyQualifiedErrorId | Should -BeLike 'ParameterArgumentTransformationError,*' -Because '0.2s is no duration'
        $failure = Get-Failure { Wait-AeternaReload $service.Name -Timeout 200ms }
        $failure.Exception.Message | Should -Match "Wait-AeternaReload -Id $($reload.Id)"
        $undone = Undo-AeternaReload $service.Name
        (Wait-AeternaReload $service.Name -AllowRollback).Id | Should -Be $undone.Id
    }

    It 'has an id for what is not there' {
        Get-ErrorId { Wait-AeternaReload $service.Name -Id nothing } | Should -Be Aeterna.NoSuchReload
        Get-ErrorId { Wait-AeternaReload p-nobody -Id nothing } | Should -Be Aeterna.NotRunning
    }

    It 'takes <_> for half a second' -ForEach '500ms', 0.5, '0.5', '00:00:00.5', ([timespan]::FromSeconds(0.5)) {
        $command = Get-Command Wait-AeternaReload
        $duration = $command.Parameters['Timeout'].Attributes.Where({ $_ -is [Aeterna.PowerShell.Commands.DurationAttribute] })[0]
        $duration.Transform($null, $_) | Should -Be ([timespan]::FromMilliseconds(500))
    }

    It 'takes a duration wherever there is a time' {
        foreach ($command in Get-Command -Module Aeterna) {
            foreach ($parameter in $command.Parameters.Values.Where({ "$($_.ParameterType)" -match 'TimeSpan' })) {
                @($parameter.Attributes).Where({ $_ -is [Aeterna.PowerShell.Commands.DurationAttribute] }).Count | Should -Be 1 -Because "$command -$($parameter.Name)"
            }
        }
    }

    It 'refuses what no clock can wait for: <_>' -ForEach ([timespan]'-00:00:05'), 1e9, '2000h', '-00:00:05' {
        $failure = Get-Failure { Wait-AeternaReload $service.Name -Timeout $_ }
        $failure.FullyQualifiedErrorId | Should -BeLike 'ParameterArgumentTransformationError,*'
        $failure.Exception.Message | Should -Match 'from 0 to 49 days'
    }

    It 'refuses what is no duration' {
        Get-ErrorId { Wait-AeternaReload $service.Name -Id x -Timeout soon } | Should -Be ParameterArgumentTransformationError
        Get-ErrorId { Wait-AeternaReload $service.Name -Id x -Timeout (-1) } | Should -Be ParameterArgumentTransformationError
    }
}
