BeforeDiscovery {
    $missing = -not (Get-Command ansible-playbook -ErrorAction Ignore)
}
BeforeAll {
    . $PSScriptRoot/Support.ps1
    $services = 1..2 | ForEach-Object { New-TestService }
    $folder = [IO.Directory]::CreateTempSubdirectory('aet-').FullName
    $hosts = foreach ($service in $services) {
        Copy-Item $service.ConfigPath "$folder/$($service.Name).j2"
        Remove-Item $service.ConfigPath
        "$($service.Name) aeterna_service=$($service.Name) aeterna_config=$($service.ConfigPath) aeterna_config_template=$folder/$($service.Name).j2"
    }
    Set-Content "$folder/hosts" @('[loghosts]', $hosts, '[loghosts:vars]', 'ansible_connection=local', 'ansible_python_interpreter=/usr/bin/python3',
        "aeterna_module=$Root/Aeterna.psd1", "aeterna_pwsh=$Pwsh", 'aeterna_timeout=60s')

    function Invoke-Playbook([string[]] $More) {
        $env:ANSIBLE_NOCOLOR = '1'
        $env:LC_ALL = 'C.UTF-8'
        $said = ansible-playbook -i "$folder/hosts" "$Root/examples/ansible/site.yaml" @More 2>&1 | Out-String
        [pscustomobject]@{ Code = $LASTEXITCODE; Said = $said; Changed = [regex]::Matches($said, 'changed=(\d+)').ForEach({ [int] $_.Groups[1].Value }) }
    }

    function Edit-Template([string] $From, [string] $To) {
        foreach ($file in $services.ForEach({ "$folder/$($_.Name).j2" })) { [IO.File]::WriteAllText($file, [IO.File]::ReadAllText($file).Replace($From, $To)) }
    }
}
AfterAll {
    $services.ForEach({ Remove-TestService $_ })
    if ($folder) { rm -rf $folder }
}

Describe 'The playbook' -Skip:$missing {
    It 'says with --check what it would do, and does nothing' {
        $run = Invoke-Playbook --check
        $run.Code | Should -Be 0 -Because $run.Said
        $run.Changed | Should -Be 2, 2
        $services.ForEach({ Test-Path $_.ConfigPath }) | Should -Not -Contain $true
        Get-AeternaStatus | Where-Object Name -In $services.Name | Should -BeNullOrEmpty
    }

    It 'starts the services' {
        $run = Invoke-Playbook
        $run.Code | Should -Be 0 -Because $run.Said
        (Get-AeternaStatus $services.Name).Generation | Should -Be 1, 1
    }

    It 'changes nothing the second time' {
        $run = Invoke-Playbook
        $run.Code | Should -Be 0 -Because $run.Said
        $run.Changed | Should -Be 0, 0
        (Get-AeternaStatus $services.Name).Generation | Should -Be 1, 1
    }

    It 'reloads where something has changed' {
        Edit-Template 'soak_time: "50ms"' 'soak_time: "60ms"'
        (Invoke-Playbook --check).Changed | Should -Be 2, 2
        (Get-AeternaStatus $services.Name).Generation | Should -Be 1, 1
        $run = Invoke-Playbook
        $run.Code | Should -Be 0 -Because $run.Said
        (Get-AeternaStatus $services.Name).Generation | Should -Be 2, 2
        (Invoke-Playbook).Changed | Should -Be 0, 0
    }

    It 'stops at the first host that rolls back, and tries again the next time' {
        Edit-Template '/usr/bin/python3", "-S"' '/usr/bin/python3", "-X"'
        $run = Invoke-Playbook
        $run.Code | Should -Not -Be 0
        $run.Said | Should -Match ': rolled_back: '
        (Get-AeternaHistory $services[0].Name -First 1).Verdict | Should -Be rolled_back
        (Get-AeternaStatus $services.Name).State | Should -Be RUNNING, RUNNING
        (Get-AeternaHistory $services[1].Name -First 1).Verdict | Should -Be succeeded
        Edit-Template '"-X"' '"-S"'
        $run = Invoke-Playbook
        $run.Code | Should -Be 0 -Because $run.Said
    }
}
