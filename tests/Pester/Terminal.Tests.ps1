BeforeAll {
    . $PSScriptRoot/Support.ps1
    # Clears the screen, sets the title, is a CSI of one byte, turns the reading direction around, and forges a line.
    $Hostile = "a`e[2J`e]0;title`ab$([char]0x9b)31mc$([char]0x202e)d$([char]0x2066)e`r`nf"
    $Drives = "[\x00-\x08\x0b-\x0c\x0e-\x1a\x1c-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]|`e(?!\[[0-9;]*m)"

    # As a terminal gets it: with the colours that are PowerShell's own, and nothing taken away.
    function Get-Screen([scriptblock] $Script) {
        $PSStyle.OutputRendering = 'Ansi'
        try {
            $objects = & $Script
            ($objects | Out-String -Width 5000) + ($objects | Format-List * | Out-String -Width 5000) + ($objects | Format-Table * | Out-String -Width 5000)
        } finally { $PSStyle.OutputRendering = 'Host' }
    }
}

Describe 'A terminal' {
    BeforeAll {
        $service = New-TestService
        Set-Content "$($service.Folder)/status" $Hostile.Split("`r")[0] -NoNewline
        $says = "import os, socket`nsocket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).sendto(b'READY=1\nSTATUS=' + open('$($service.Folder)/status', 'rb').read(), os.environ['NOTIFY_SOCKET'])`n"
        Set-Content "$($service.Folder)/server.py" ($says + (Get-Content -Raw "$($service.Folder)/server.py"))
        $null = Start-AeternaService $service.ConfigPath -Timeout 60
        $null = Invoke-AeternaReload $service.Name -Reason $Hostile
        Wait-Until { (Get-AeternaGeneration $service.Name).NotifyStatus -like 'a*' } 'the service has said something'
    }
    AfterAll { Remove-TestService $service }

    It 'gets nothing of a reason or a status that drives it, from <_>' -ForEach Get-AeternaGeneration, Get-AeternaHistory {
        $screen = Get-Screen { & $_ $service.Name }
        $screen | Should -Match '2J' -Because 'the text is there'
        $screen | Should -Not -Match $Drives
        Get-Screen { (Get-AeternaStatus $service.Name).Generations } | Should -Not -Match $Drives
    }

    It 'gets nothing of it from an error' {
        Set-Content "$($service.Folder)/block" ''
        $failure = Get-Failure { Invoke-AeternaReload $service.Name -Reason $Hostile }
        Get-Screen { $failure } | Should -Not -Match $Drives
        Get-Screen { $failure.TargetObject } | Should -Not -Match $Drives
    }

    It 'gets nothing of it from an engine that sends it' {
        $text = ($Hostile | ConvertTo-Json).Trim('"')
        $engine = Start-FalseEngine ('{"service":"TEXT","fsm_state":"TEXT","uptime":"1s","last_handover":{"status":"TEXT"},"engine_version":"TEXT","config_path":"TEXT","contract_version":1,"warnings":["TEXT"]}'.Replace('TEXT', $text))
        try {
            $screen = Get-Screen { Get-AeternaStatus -SocketPath $engine.Socket 3>&1 }
            $screen | Should -Match '2J'
            $screen | Should -Not -Match $Drives
        } finally { Stop-FalseEngine $engine }
    }
}
