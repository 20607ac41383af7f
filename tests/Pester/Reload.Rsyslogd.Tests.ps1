BeforeAll {
    . $PSScriptRoot/Support.ps1
    $load = Get-Item "$Root/bench/Aeterna.Load/bin/*/net10.0/aeterna-load" | Select-Object -First 1
    $service = New-TestService -Soak 500ms
    $folder = $service.Folder
    $yaml = (Get-Content -Raw $service.ConfigPath) -replace '"/usr/bin/python3".*?\]', "`"/usr/sbin/rsyslogd`", `"-n`", `"-f`", `"$folder/rsyslog.conf`"]" -replace '  pre_flight:.*\n'
    Set-Content $service.ConfigPath $yaml
    $conf = (Get-Content -Raw "$Root/examples/rsyslogd/rsyslog.conf").
        Replace('/var/spool/rsyslog', $folder).
        Replace('/var/log/aeterna/', "$folder/").
        Replace('sysSock.name="/dev/log"', "sysSock.name=`"$folder/log.sock`"").
        Replace('port="514" address="0.0.0.0"', "port=`"$($service.Port)`" address=`"127.0.0.1`"")
    $conf = $conf -replace '%timegenerated.*?\\n', '%fromhost-ip% %rawmsg%\n'
    Set-Content "$folder/rsyslog.conf" $conf
    $null = Start-AeternaService $service.ConfigPath
}
AfterAll { Remove-TestService $service }

Describe 'A stock rsyslogd under load' {
    It 'is replaced five times; no connection is refused or reset, and no message is lost' {
        $sender = Start-Process $load -PassThru -RedirectStandardError "$folder/said" -RedirectStandardOutput "$folder/out" -ArgumentList 'run',
            '--tcp', "127.0.0.1:$($service.Port)", '--short-rate', 200, '--long', 20, '--long-rate', 1000, '--udp', "127.0.0.1:$($service.Port)", '--udp-rate', 1000,
            '--unix', "$folder/log.sock", '--unix-rate', 500, '--duration', 120, '--report', "$folder/report.json",
            '--verify', "$folder/messages.log", '--address'
        Wait-Until { Get-Item "$folder/messages.log" -ErrorAction Ignore | Where-Object Length -GT 100KB } 'the load has begun'
        foreach ($number in 1..5) {
            $result = Invoke-AeternaReload $service.Name -Reason "number $number"
            $result.Verdict | Should -Be succeeded
            $result.NewPid | Should -Not -Be $result.OldPid
            $result.Paused.TotalMilliseconds | Should -BeGreaterThan 0
            $result.FramesIn | Should -BeGreaterThan 0
            $result.FramesToNew | Should -BeGreaterThan 0
        }
        $relayed = Get-AeternaListener $service.Name | Where-Object Address -EQ "tcp://127.0.0.1:$($service.Port)"
        $relayed.Handoff | Should -Be relay
        $relayed.Connections | Should -BeGreaterOrEqual 20
        $relayed.FramesIn | Should -BeGreaterThan 1000
        $relayed.Lost | Should -Be 0
        kill -TERM $sender.Id
        $sender.WaitForExit(120000) | Should -BeTrue

        $report = Get-Content -Raw "$folder/report.json" | ConvertFrom-Json
        foreach ($protocol in $report.senders) {
            $protocol.messages | Should -BeGreaterThan 500
            $protocol.refused + $protocol.reset + $protocol.closed_by_peer + $protocol.timed_out + $protocol.path_gone | Should -Be 0 -Because ($protocol | ConvertTo-Json)
        }
        foreach ($protocol in $report.verification.protocols) {
            $protocol.sent | Should -BeGreaterThan 500
            $protocol.lost + $protocol.doubled + $protocol.torn + $protocol.out_of_order | Should -Be 0 -Because ($protocol | ConvertTo-Json)
        }
    }

    It 'is not replaced by one whose configuration is bad' {
        $before = (Get-AeternaStatus $service.Name).CurrentPid
        Add-Content "$folder/rsyslog.conf" 'input(type="imtcp" prot="514")'
        Get-ErrorId { Invoke-AeternaReload $service.Name } | Should -Be Aeterna.ReloadBlocked
        (Get-AeternaStatus $service.Name).CurrentPid | Should -Be $before
    }
}
