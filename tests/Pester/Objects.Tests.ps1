BeforeAll {
    . $PSScriptRoot/Support.ps1
    $service = Start-TestService
    $reload = Invoke-AeternaReload $service.Name -Reason why
    $objects = @(
        Get-AeternaStatus $service.Name
        $reload
        $reload.Phases[0]
        Get-AeternaGeneration $service.Name
        Get-AeternaListener $service.Name
        Get-AeternaMetric $service.Name | Where-Object { $_.Labels.Count -gt 0 } | Select-Object -First 1
        Set-Content "$($service.Folder)/bad.yaml" 'nothing: 1'
        Test-AeternaConfig "$($service.Folder)/bad.yaml" | Select-Object -First 1
        Invoke-AeternaReload $service.Name -NoWait | Watch-AeternaSoak | Select-Object -First 1
    )
    $null = Wait-AeternaReload $service.Name
}
AfterAll { Remove-TestService $service }

Describe 'What the cmdlets give' {
    It 'has a property for every column of a table' {
        [xml] $format = Get-Content -Raw $Root/src/Aeterna.PowerShell/Aeterna.Format.ps1xml
        $seen = foreach ($view in $format.Configuration.ViewDefinitions.View.Where({ $_['TableControl'] })) {
            $type = $view.ViewSelectedBy.TypeName
            $object = $objects.Where({ $_.GetType().FullName -eq $type })[0]
            $object | Should -Not -BeNullOrEmpty -Because $type
            foreach ($label in $view.TableControl.TableHeaders.TableColumnHeader.Label) {
                $object.PSObject.Properties[$label] | Should -Not -BeNullOrEmpty -Because "$type has the column $label"
            }
            $type
        }
        $seen.Count | Should -Be 8
    }

    It 'can be sorted and chosen by what the columns are called' {
        $reload.Took | Should -Be $reload.Duration
        $reload.Why | Should -Be $reload.Message
        $status = $objects[0]
        $status.Gen, $status.PID | Should -Be $status.Generation, $status.CurrentPid
        ($status | Select-Object Name, Gen, PID).PID | Should -Be $status.CurrentPid
        $objects.Where({ $_ -is [Aeterna.PowerShell.AeternaFinding] }).Where | Should -Match 'bad.yaml:\d+:\d+$'
    }

    It 'has each length of time as a number of seconds too' {
        foreach ($object in $objects) {
            foreach ($property in $object.PSObject.Properties.Where({ $_.Name -notin 'Took', 'Left' -and $_.TypeNameOfValue -match 'TimeSpan' })) {
                $seconds = $object.PSObject.Properties["$($property.Name)Seconds"]
                $seconds | Should -Not -BeNullOrEmpty -Because "$($object.GetType().Name).$($property.Name)"
                if ($null -eq $property.Value) { $seconds.Value | Should -Be $null }
                else { $seconds.Value | Should -BeExactly $property.Value.TotalSeconds }
            }
        }
    }

    It 'survives JSON of a depth of two' {
        foreach ($object in $objects) {
            $json = $object | ConvertTo-Json -Depth 2 -WarningAction SilentlyContinue
            $json | Should -Not -Match 'System\.|Aeterna\.PowerShell'
        }
        $back = $objects[0] | ConvertTo-Json -Depth 2 -WarningAction SilentlyContinue | ConvertFrom-Json
        $back.UptimeSeconds | Should -BeOfType double
        $back.Generations[0].CpuSeconds | Should -BeOfType double
        $back.Listeners[0].Generations | Should -Be 2
        $back.LastReload.Phases[0] | Should -Be 'configuration ok'
    }

    It 'survives a CSV file' {
        foreach ($object in $objects) {
            $row = $object | ConvertTo-Csv | ConvertFrom-Csv
            $row.PSObject.Properties.Value -match 'System\.|Aeterna\.PowerShell' | Should -BeNullOrEmpty -Because $object.GetType().Name
        }
        $row = $objects[0] | ConvertTo-Csv | ConvertFrom-Csv
        $row.Generations | Should -Be "2 (active, pid $($row.CurrentPid))"
        $row.Listeners | Should -Be "tcp://127.0.0.1:$($service.Port)"
        ($reload | ConvertTo-Csv | ConvertFrom-Csv).Command | Should -Be "/usr/bin/python3 -S $($service.Folder)/server.py"
    }

    It 'shows times alike in tables and lists' {
        $text = ($objects | ForEach-Object { $_ | Format-Table | Out-String -Width 500; $_ | Format-List | Out-String -Width 500 }) -join ''
        $text | Should -Match "RequestedAt +: $($reload.RequestedAt.LocalDateTime.ToString('yyyy-MM-dd HH:mm:ss'))\n"
        $text | Should -Not -Match '\d/\d+/\d{4}|\+00:00'
    }
}
