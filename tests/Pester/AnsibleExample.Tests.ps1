BeforeDiscovery {
    $missing = -not (Get-Command ansible-playbook -ErrorAction Ignore)
    $ordinary = (id -u) -ne 0
}
BeforeAll {
    . $PSScriptRoot/Support.ps1
    $folder = [IO.Directory]::CreateTempSubdirectory('aet-').FullName
}
AfterAll {
    if ($folder) { rm -rf $folder }
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
