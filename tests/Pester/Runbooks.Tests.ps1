BeforeDiscovery { $scripts = Get-Item "$PSScriptRoot/../../examples/runbooks/*.ps1" }
BeforeAll {
    . $PSScriptRoot/Support.ps1
    # The runbooks import Aeterna by its name.
    $modules = [IO.Directory]::CreateTempSubdirectory('aet-').FullName
    $null = [IO.Directory]::CreateSymbolicLink("$modules/Aeterna", $Root)
    $before = $env:PSModulePath
    $env:PSModulePath = "${modules}:$before"
}
AfterAll {
    $env:PSModulePath = $before
    [IO.Directory]::Delete("$modules/Aeterna")
    [IO.Directory]::Delete($modules)
}

Describe 'The runbook <_.Name>' -ForEach $scripts {
    It 'parses, has help with an example, and understands -WhatIf' {
        $errors = $null
        $null = [Management.Automation.Language.Parser]::ParseFile($_.FullName, [ref] $null, [ref] $errors)
        $errors | Should -BeNullOrEmpty
        $help = Get-Help $_.FullName -Full
        $help.Synopsis | Should -Match '\.$'
        @($help.Examples.Example).Count | Should -BeGreaterThan 0
        (Get-Command $_.FullName).Parameters.Keys | Should -Contain WhatIf
    }
}

Describe 'The runbooks' {
    BeforeEach { $service = Start-TestService }
    AfterEach { Remove-TestService $service }

    It 'change a configuration, and put the old one back when the new one does not pass' {
        $runbook = "$Root/examples/runbooks/Set-RsyslogConfig.ps1"
        $file = "$($service.Folder)/server.py"
        $old = Get-Content -Raw $file
        [IO.File]::WriteAllText("$file.new", "$old# new")
        & $runbook -NewFile "$file.new" -Name $service.Name -ConfigFile $file -WhatIf
        Get-Content -Raw $file | Should -Be $old
        (& $runbook -NewFile "$file.new" -Name $service.Name -ConfigFile $file).Verdict | Should -Be succeeded
        Get-Content -Raw $file | Should -Be "$old# new"
        & $runbook -NewFile "$file.new" -Name $service.Name -ConfigFile $file | Should -BeNullOrEmpty
        Set-Content "$file.bad" 'import sys; sys.exit(1)'
        Get-ErrorId { & $runbook -NewFile "$file.bad" -Name $service.Name -ConfigFile $file } | Should -Be Aeterna.RolledBack
        Get-Content -Raw $file | Should -Be "$old# new"
    }

    It 'take a renewed certificate into use once' {
        $runbook = "$Root/examples/runbooks/Update-Certificate.ps1"
        $key = [Security.Cryptography.RSA]::Create(2048)
        $request = [Security.Cryptography.X509Certificates.CertificateRequest]::new('CN=loghost', $key, 'SHA256', [Security.Cryptography.RSASignaturePadding]::Pkcs1)
        $file = "$($service.Folder)/cert.pem"
        Set-Content $file $request.CreateSelfSigned([DateTimeOffset]::Now.AddDays(-1), [DateTimeOffset]::Now.AddDays(1)).ExportCertificatePem()
        (& $runbook -Name $service.Name -Certificate $file).Verdict | Should -Be succeeded
        & $runbook -Name $service.Name -Certificate $file | Should -BeNullOrEmpty
        Set-Content $file $request.CreateSelfSigned([DateTimeOffset]::Now.AddDays(-3), [DateTimeOffset]::Now.AddDays(-2)).ExportCertificatePem()
        { & $runbook -Name $service.Name -Certificate $file } | Should -Throw '*invalid since*'
    }

    It 'say with -WhatIf what an upgrade would do' {
        & "$Root/examples/runbooks/Update-Rsyslog.ps1" -Name $service.Name -WhatIf
        Get-AeternaHistory $service.Name | Should -HaveCount 1
    }
}
