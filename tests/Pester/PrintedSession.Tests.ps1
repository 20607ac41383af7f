BeforeDiscovery { $ordinary = (id -u) -ne 0 }
BeforeAll {
    . $PSScriptRoot/Support.ps1
    $page = "$Root/docs/powershell.md"
    $from, $to = ('<!-- session -->', '```', '' -join "`n"), ('```', '<!-- /session -->' -join "`n")

    # As a terminal shows a long line, but between two words.
    function Get-Wrapped([string] $Line) {
        while ($Line.Length -gt 120) {
            $at = $Line.LastIndexOf(' ', 119)
            $Line.Substring(0, $at)
            $Line = $Line.Substring($at + 1)
        }
        $Line
    }

    # Without what differs from run to run: times, ids, process ids, widths of columns, how much of a soak is left, and the place of a probe among what happens at the same moment.
    function Get-Lasting([string] $Session) {
        foreach ($command in $Session -split '(?m)^(?=PS> )') {
            $lines = $command -split "`n" -creplace '\d{8}T\d{6}\.\d{3}Z-[0-9a-f]{4}', 'ID' -replace '^\d\d:\d\d:\d\d\.\d{3}', 'TIME' -replace '\(pid \d+\)', '(pid P)' `
                -replace '\b\d+(\.\d+)?(ms|s)\b', 'SPAN' -replace '[\d.]+ ms$', 'SPAN' -replace '(generation \d+ \(pid P\) \w+).*…', '$1…' -replace '(?<=\s)\d+(?=\s|$)', 'N' `
                -replace '^(TIME\s+\S+\s+\S+\s+)SPAN\b', '$1' -replace '-{2,}', '-' -replace '\s+', ' '
            # A wrapped sentence is one; the rows of a table stay rows.
            # That the old process has ended may be told after the verdict, when nobody watches any more.
            if ($command -match '\|') { $lines | Where-Object { $_ -notlike '*the main process of generation*' } | Sort-Object -Unique -CaseSensitive } else { ($lines -join ' ') -replace '\s+', ' ' }
        }
    }
}

Describe 'The session that is printed in docs/powershell.md' -Skip:$ordinary {
    It 'is what its commands show (written with AETERNA_WRITE_DOCS=1)' {
        $text = Get-Content -Raw $page
        $start = $text.IndexOf($from) + $from.Length
        $end = $text.IndexOf($to)
        $start | Should -BeGreaterThan $from.Length
        $end | Should -BeGreaterThan $start
        $printed = $text[$start..($end - 1)] -join ''
        $folder = [IO.Directory]::CreateTempSubdirectory('aet-').FullName
        try {
            $module = New-Item -ItemType Directory "$folder/modules/Aeterna"
            Copy-Item -Recurse "$Root/Aeterna.psd1", "$Root/en-US" $module
            $null = New-Item -ItemType SymbolicLink "$module/bin" -Target "$Root/bin"
            $yaml = (Get-Content -Raw "$Root/examples/rsyslogd/aeterna.yaml").Replace('soak_time: "30s"', "soak_time: `"3s`"`n    switch_timeout: `"60s`"").
                Replace('warmup_delay: "0s"', 'warmup_delay: "0s", timeout: "10s"').Replace('/tmp/rsyslogd_srp.sock', '/run/rsyslogd_srp.sock')
            Set-Content "$folder/aeterna.yaml" $yaml
            $shell = "`$env:PSModulePath = '$folder/modules'; Remove-Module PSReadLine; `$ProgressPreference = 'SilentlyContinue'; `$PSStyle.OutputRendering = 'PlainText';" +
                'function prompt { "ready $((Get-History).Count)> " }'
            $typed = @($printed -split "`n" | Where-Object { $_ -like 'PS> *' } | ForEach-Object { $_.Substring(4) })
            $said = $typed + 'Stop-AeternaService rsyslogd' | & "$Root/tests/terminal/stock.sh" bash -c (
                'mkdir -p /etc/aeterna && cp "$0/aeterna.yaml" /etc/aeterna/rsyslogd.yaml && cd / && exec "$@"') $folder `
                "$Root/tests/terminal/session.py" 120 $Pwsh -NoLogo -NoProfile -NoExit -Command $shell 2>&1
            $LASTEXITCODE | Should -Be 0 -Because "$said"
            $shown = ($said | ConvertFrom-Json)[0..($typed.Count - 1)] | ForEach-Object {
                # The first line is what was typed, as the shell drew it.
                $lines = @($_.said.TrimEnd() -split "`n" | Select-Object -Skip 1 | ForEach-Object { Get-Wrapped $_.TrimEnd() })
                (@("PS> $($_.typed)") + $lines + @(if ($lines) { '' })) -join "`n"
            }
            $session = ($shown -join "`n").TrimEnd() + "`n"
        } finally { Remove-Item -Recurse -Force $folder }

        if ($env:AETERNA_WRITE_DOCS -eq '1') {
            [IO.File]::WriteAllText($page, $text.Substring(0, $start) + $session + $text.Substring($end))
        } else {
            Get-Lasting $printed | Should -BeExactly (Get-Lasting $session)
        }
    }
}
