BeforeAll {
    . $PSScriptRoot/Support.ps1
    $service = Start-TestService
    function Complete([string] $Line) { (TabExpansion2 $Line $Line.Length).CompletionMatches.ForEach({ $_.CompletionText }) }
}
AfterAll { Remove-TestService $service }

Describe 'Completion' {
    It 'completes the names of services for <_>' -ForEach Get-AeternaStatus, Invoke-AeternaReload, Stop-AeternaService, Watch-AeternaSoak {
        Complete "$_ -Name $($service.Name.Substring(0, 6))" | Should -Contain $service.Name
        Complete "$_ -Name zzz" | Should -Not -Contain $service.Name
    }

    It 'completes ids' {
        $id = (Get-AeternaHistory $service.Name).Id
        Complete "Wait-AeternaReload -Name $($service.Name) -Id 20" | Should -Contain $id
    }
}
