BeforeDiscovery {
    $missing = -not (Get-Command ansible-playbook -ErrorAction Ignore)
}
BeforeAll {
    . $PSScriptRoot/Support.ps1
    $folder = [IO.Directory]::CreateTempSubdirectory('aet-').FullName
}
AfterAll {
    if ($folder) { rm -rf $folder }
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
