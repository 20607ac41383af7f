BeforeDiscovery {
    $missing = -not (Get-Command ansible-playbook -ErrorAction Ignore)
    $ordinary = (id -u) -ne 0
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

Describe 'The role' -Skip:$missing {
    BeforeAll {
        $service = New-TestService
        $source = "$folder/it's new"
        $null = New-Item -ItemType Directory $source
        Copy-Item $service.ConfigPath "$source/aeterna.j2"
        Remove-Item $service.ConfigPath
        $served = "$($service.Folder)/server.py"
        Copy-Item $served "$source/server.py"
        chmod 640 $served

        # Runs the playbook with the role's variables, and these on top.
        function Invoke-Role([hashtable] $More = @{}) {
            $host_ = @{
                ansible_connection = 'local'; ansible_python_interpreter = '/usr/bin/python3'
                aeterna_module = "$Root/Aeterna.psd1"; aeterna_pwsh = $Pwsh; aeterna_timeout = '60s'
                aeterna_service = $service.Name; aeterna_config = $service.ConfigPath; aeterna_config_template = "$source/aeterna.j2"
                aeterna_files = @(@{ source = "$source/server.py"; dest = $served }); aeterna_taken = "$($service.Folder)/taken"
            }
            foreach ($key in $More.Keys) { $host_[$key] = $More[$key] }
            @{ loghosts = @{ hosts = @{ one = $host_ } } } | ConvertTo-Json -Depth 9 | Set-Content "$folder/one.json"
            $env:LC_ALL = 'C.UTF-8'
            $said = ansible-playbook -i "$folder/one.json" "$Root/examples/ansible/site.yaml" 2>&1 | Out-String
            [pscustomobject]@{ Code = $LASTEXITCODE; Said = $said; Changed = [int] [regex]::Match($said, 'changed=(\d+)').Groups[1].Value }
        }

        function Edit-Source([string] $Text) { Add-Content "$source/server.py" $Text }
        function Get-Left { (Get-ChildItem -Force $service.Folder).Name | Where-Object { $_ -like '*~' } }

        $run = Invoke-Role
        $run.Code | Should -Be 0 -Because $run.Said
    }
    AfterAll { Remove-TestService $service }

    It 'takes values as they are, and runs nothing of them as code' {
        $reason = "it's ""new"" ’; `$HOME ``date``'; [IO.File]::WriteAllText('$folder/ran', '1') #".Replace('\u2019', [string][char] 0x2019)
        Edit-Source '# one'
        $run = Invoke-Role @{ aeterna_reason = $reason }
        $run.Code | Should -Be 0 -Because $run.Said
        (Get-AeternaHistory $service.Name -First 1).Reason | Should -BeExactly $reason
        Test-Path "$folder/ran" | Should -BeFalse
        (Invoke-Role @{ aeterna_reason = $reason }).Changed | Should -Be 0
    }

    It 'lets a file keep its mode' {
        (Get-Item $served).UnixMode | Should -Be '-rw-r-----'
    }

    It 'puts back what does not pass, says so without escapes, and tries again until it does' {
        $good = Get-Content -Raw $served
        [IO.File]::WriteAllText("$source/server.py", 'import sys; sys.exit(1)')
        foreach ($time in 1, 2) {
            $run = Invoke-Role
            $run.Code | Should -Not -Be 0
            $run.Said | Should -Match ': rolled_back: '
            $run.Said | Should -Not -Match '\x1b|\\u001b'
            (Get-Content -Raw $served) | Should -BeExactly $good
            (Get-Item $served).UnixMode | Should -Be '-rw-r-----'
            Get-Left | Should -BeNullOrEmpty
        }
        # Trouble that passes: the same files, and this time they are taken in.
        [IO.File]::WriteAllText("$source/server.py", "$good# two")
        Set-Content "$($service.Folder)/block" ''
        (Invoke-Role).Code | Should -Not -Be 0
        (Get-AeternaHistory $service.Name -First 1).Verdict | Should -Be blocked
        Remove-Item "$($service.Folder)/block"
        $run = Invoke-Role
        $run.Code | Should -Be 0 -Because $run.Said
        (Get-AeternaHistory $service.Name -First 1).Verdict | Should -Be succeeded
        (Invoke-Role).Changed | Should -Be 0
    }

    It 'takes in what an interrupted run has put there' {
        Edit-Source '# three'
        [IO.File]::WriteAllText($served, [IO.File]::ReadAllText("$source/server.py"))
        $before = (Get-AeternaStatus $service.Name).Generation
        $run = Invoke-Role
        $run.Code | Should -Be 0 -Because $run.Said
        (Get-AeternaStatus $service.Name).Generation | Should -Be ($before + 1)
        (Invoke-Role).Changed | Should -Be 0
    }

    It 'fails where the service runs with a configuration of another path' {
        $run = Invoke-Role @{ aeterna_config = "$($service.Folder)/moved.yaml" }
        $run.Code | Should -Not -Be 0
        $run.Said | Should -Match "with $($service.ConfigPath), which it reads again"
    }
}

Describe 'The example as it is shipped' -Skip:($missing -or $ordinary) {
    It 'runs on a fresh machine, twice, and the second time changes nothing' {
        # A machine of its own: its network, and copies of the folders that are written to. Without a mount namespace nothing is tried.
        $said = & $Root/tests/apart.sh unshare --mount --propagation private bash -c @"
            mkdir -p $folder/etc $folder/lib $folder/log /var/lib/aeterna /var/log/aeterna
            cp -a /etc/. $folder/etc && rm -rf $folder/etc/aeterna && mount --bind $folder/etc /etc &&
            mount --bind $folder/lib /var/lib/aeterna && mount --bind $folder/log /var/log/aeterna || exit 99
            for time in 1 2; do
                ansible-playbook -i '$Root/examples/ansible/hosts.yaml' --limit loghost1 '$Root/examples/ansible/site.yaml' -e ansible_connection=local \
                    -e ansible_python_interpreter=/usr/bin/python3 -e aeterna_module='$Root/Aeterna.psd1' -e aeterna_pwsh='$Pwsh' 2>&1
                echo "ended with `$?"
            done
            '$Root/bin/aeterna' stop -n rsyslogd --now
"@
        $said = $said | Out-String
        [regex]::Matches($said, 'ended with (\d+)').ForEach({ $_.Groups[1].Value }) | Should -Be 0, 0 -Because $said
        $changes = [regex]::Matches($said, 'changed=(\d+)').ForEach({ [int] $_.Groups[1].Value })
        $changes[0] | Should -BeGreaterThan 0
        $changes[1] | Should -Be 0 -Because $said
    }
}
