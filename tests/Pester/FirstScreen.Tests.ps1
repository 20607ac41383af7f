BeforeDiscovery { $ordinary = (id -u) -ne 0 }
BeforeAll {
    . $PSScriptRoot/Support.ps1
    # Wrapped by the terminal or not.
    function Get-Said([string] $Typed, [int] $Time = 0) { (@($screens | Where-Object typed -EQ $Typed)[$Time].said) -replace '\s+', ' ' }
}

# In bash: tests/xunit/EndToEnd/FirstScreenTests.cs.
Describe 'Somebody who has read nothing but the README''s first screen, at a pwsh in a terminal' -Skip:$ordinary {
    BeforeAll {
        $said = @(
            "(Get-Content /etc/rsyslog.conf) -replace '^.*imuxsock.*' | Set-Content /etc/rsyslog.conf"
            'Invoke-AeternaReload rsyslogd # once more'
            'Get-AeternaStatus'
        ) | & "$Root/tests/terminal/first-screen.sh" powershell $Pwsh -NoLogo -NoProfile -NoExit -Command 'function prompt { "ready $((Get-History).Count)> " }' 2>&1
        $LASTEXITCODE | Should -Be 0 -Because "$said"
        $screens = $said | ConvertFrom-Json
    }

    It 'brings a stock rsyslogd under Aeterna and reloads it' {
        Get-Said 'Start-AeternaService examples/rsyslogd/aeterna.yaml' | Should -Match 'rsyslogd RUNNING 1 \d+'
        Get-Said "Invoke-AeternaReload rsyslogd -Reason 'first try'" | Should -Match 'reload succeeded \S+ \d+ \d+ generation 2 \(pid \d+\) serves'
    }

    It 'sees a configuration blocked, and why' {
        $reload = Get-Said 'Invoke-AeternaReload rsyslogd'
        $reload | Should -Match 'of rsyslogd: blocked: pre_flight "Config dry-run": exit code 1: .*could not load module ''there_is_none'''
        $reload | Should -Match 'nothing was started, generation 2 \(pid \d+\) serves on'
        $reload | Should -Match 'Recommendation: Nothing was started. Mend what the message names and reload again'
        Get-Said 'Get-AeternaHistory rsyslogd' | Should -Match 'reload blocked .* reload succeeded .* start succeeded'
    }

    It 'sees one rolled back that rsyslogd takes, and why' {
        $reload = Get-Said 'Invoke-AeternaReload rsyslogd # once more'
        $reload | Should -Match 'of rsyslogd: rolled_back: generation 3 \(pid \d+\) is not ready: .*unixgram:///dev/log is not bound'
        $reload | Should -Match 'generation 2 \(pid \d+\) serves on'
        Get-Said 'Get-AeternaStatus' | Should -Match 'rsyslogd RUNNING 2 \d+ .* rolled_back'
    }
}
