BeforeAll {
    . $PSScriptRoot/Support.ps1
    $service = New-TestService
    $bad = "$($service.Folder)/bad.yaml"
    (Get-Content -Raw $service.ConfigPath).Replace('soak_time', 'soaktime') | Set-Content $bad
}
AfterAll { Remove-TestService $service }

Describe 'Test-AeternaConfig' {
    It 'gives nothing for a good file' {
        Test-AeternaConfig -ConfigPath $service.ConfigPath | Should -BeNullOrEmpty
        Test-AeternaConfig $service.ConfigPath -Quiet | Should -BeTrue
    }

    It 'gives one object for each finding, with line and column' {
        $finding = Test-AeternaConfig $bad
        $finding | Should -BeOfType Aeterna.PowerShell.AeternaFinding
        $finding.Severity | Should -Be error
        $finding.Line | Should -Be 5
        $finding.Column | Should -Be 13
        $finding.Hint | Should -Match soak_time
        "$finding" | Should -BeLike "$bad`:5:13: error: *"
        Test-AeternaConfig $bad -Quiet | Should -BeFalse
    }

    It 'takes files from the pipeline, and paths that are relative' {
        (Get-ChildItem "$($service.Folder)/*.yaml" | Test-AeternaConfig -Quiet) | Should -Be $true, $false
        Push-Location $service.Folder
        try { Test-AeternaConfig ./aeterna.yaml -Quiet | Should -BeTrue } finally { Pop-Location }
    }

    It 'has an id for a missing file, and goes on with the others' {
        $result = Test-AeternaConfig /nowhere/a.yaml, $service.ConfigPath -Quiet -ErrorAction SilentlyContinue -ErrorVariable failures
        $result | Should -BeTrue
        $failures[0].FullyQualifiedErrorId | Should -BeLike 'Aeterna.FileNotFound,*'
        $failures[0].TargetObject | Should -Be /nowhere/a.yaml
    }
}
