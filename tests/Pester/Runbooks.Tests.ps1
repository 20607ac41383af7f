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
        Get-ChildItem "$($service.Folder)/*.before", "$($service.Folder)/*.tmp" | Should -BeNullOrEmpty
    }

    It 'let the configuration keep its mode and group, and the link that leads to it' {
        $file = "$($service.Folder)/server.py"
        $link = "$($service.Folder)/link"
        $null = [IO.File]::CreateSymbolicLink($link, $file)
        $group = [int] (id -u) ? (id -g) : 4
        chgrp $group $file
        chmod 640 $file
        Set-Content "$($service.Folder)/good" "$(Get-Content -Raw $file)# new"
        Set-Content "$($service.Folder)/bad" 'import sys; sys.exit(1)'
        chmod 600 "$($service.Folder)/good" "$($service.Folder)/bad"
        $runbook = "$Root/examples/runbooks/Set-RsyslogConfig.ps1"
        $null = & $runbook -NewFile "$($service.Folder)/good" -Name $service.Name -ConfigFile $link
        Get-ErrorId { & $runbook -NewFile "$($service.Folder)/bad" -Name $service.Name -ConfigFile $link } | Should -Be Aeterna.RolledBack
        stat --format '%a %g %F' $file | Should -Be "640 $group regular file"
        Get-Content -Raw $file | Should -Match '# new'
        ([IO.FileInfo] $link).LinkTarget | Should -Be $file
    }

    It 'make good what an interrupted run left' {
        $file = "$($service.Folder)/server.py"
        Copy-Item $file "$file.before"
        Add-Content $file '# new'
        Copy-Item $file "$($service.Folder)/good"
        $runbook = "$Root/examples/runbooks/Set-RsyslogConfig.ps1"
        (& $runbook -NewFile "$($service.Folder)/good" -Name $service.Name -ConfigFile $file).Verdict | Should -Be succeeded
        Test-Path "$file.before" | Should -BeFalse
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

    It 'know a renewed certificate by what it is, not by its time' {
        $runbook = "$Root/examples/runbooks/Update-Certificate.ps1"
        $make = {
            $key = [Security.Cryptography.RSA]::Create(2048)
            $request = [Security.Cryptography.X509Certificates.CertificateRequest]::new('CN=loghost', $key, 'SHA256', [Security.Cryptography.RSASignaturePadding]::Pkcs1)
            $request.CreateSelfSigned([DateTimeOffset]::Now.AddDays(-1), [DateTimeOffset]::Now.AddDays(1)).ExportCertificatePem()
        }
        # As deploy tools have it: name -> data -> folder, and only the link in the middle changes.
        $at = $service.Folder
        foreach ($number in 1, 2) {
            $null = New-Item -ItemType Directory "$at/$number"
            Set-Content "$at/$number/cert.pem" (& $make)
        }
        $null = [IO.File]::CreateSymbolicLink("$at/data", '1')
        $null = [IO.File]::CreateSymbolicLink("$at/link.pem", 'data/cert.pem')
        Copy-Item "$at/1/cert.pem" "$at/cert.pem"
        # The process has read what there is; files have times of whole seconds at worst.
        Start-Sleep -Milliseconds 1100
        $null = Invoke-AeternaReload $service.Name
        & $runbook -Name $service.Name -Certificate "$at/cert.pem" | Should -BeNullOrEmpty
        & $runbook -Name $service.Name -Certificate "$at/link.pem" | Should -BeNullOrEmpty

        Start-Sleep -Milliseconds 1100
        touch -d '1 hour ago' "$at/2/cert.pem"
        cp -p "$at/2/cert.pem" "$at/cert.pem"
        (& $runbook -Name $service.Name -Certificate "$at/cert.pem").Verdict | Should -Be succeeded
        & $runbook -Name $service.Name -Certificate "$at/cert.pem" | Should -BeNullOrEmpty
        cp -p "$at/1/cert.pem" "$at/cert.pem"
        (& $runbook -Name $service.Name -Certificate "$at/cert.pem").Verdict | Should -Be succeeded

        Start-Sleep -Milliseconds 1100
        $null = [IO.File]::CreateSymbolicLink("$at/data.new", '2')
        mv -T "$at/data.new" "$at/data"
        (& $runbook -Name $service.Name -Certificate "$at/link.pem").Verdict | Should -Be succeeded
        & $runbook -Name $service.Name -Certificate "$at/link.pem" | Should -BeNullOrEmpty
        & $runbook -Name $service.Name -Certificate "$at/cert.pem" | Should -BeNullOrEmpty
    }

    It 'change rsyslog with its modules, remove nothing, and go back with all of them' {
        # The package manager only says what it would do: its commands are written down.
        $bin = New-Item -ItemType Directory "$($service.Folder)/bin"
        Set-Content "$bin/apt-get" "#!/bin/sh`necho `"`$*`" >> '$bin/log'`n"
        Set-Content "$bin/apt-cache" "#!/bin/sh`necho `" `$2 | 1.0 | somewhere`"`n"
        Set-Content "$bin/dpkg-query" @"
#!/bin/sh
case "`$*" in
    *source:Package*) printf 'ii |rsyslog|1.0|rsyslog\nii |rsyslog|1.0|rsyslog-gnutls\nrc |rsyslog|1.0|rsyslog-mysql\nii |other|1.0|rsyslog-doc\n' ;;
    *) [ -e '$bin/log' ] && echo 2.0 || echo 1.0 ;;
esac
"@
        chmod +x $bin/apt-get $bin/apt-cache $bin/dpkg-query
        Set-Content "$($service.Folder)/block" ''
        $path = $env:PATH
        $env:PATH = "${bin}:$path"
        try {
            $runbook = "$Root/examples/runbooks/Update-Rsyslog.ps1"
            Get-ErrorId { & $runbook -Name $service.Name -Version 2.0 3> $null } | Should -Be Aeterna.ReloadBlocked
            $log = Get-Content "$bin/log"
            $log | Should -HaveCount 2
            $log | ForEach-Object { $_ | Should -Match '--no-remove' }
            $log[0] | Should -Match ' rsyslog=2.0 rsyslog-gnutls=2.0$'
            $log[1] | Should -Match ' rsyslog=1.0 rsyslog-gnutls=1.0$'
            Remove-Item "$bin/log"
            Set-Content "$bin/apt-cache" "#!/bin/sh`necho `" `$2 | 2.0 | somewhere`"`n"
            { & $runbook -Name $service.Name } | Should -Throw '*no way back*'
            Test-Path "$bin/log" | Should -BeFalse
        } finally { $env:PATH = $path }
    }

    It 'say with -WhatIf what an upgrade would do' {
        & "$Root/examples/runbooks/Update-Rsyslog.ps1" -Name $service.Name -WhatIf
        Get-AeternaHistory $service.Name | Should -HaveCount 1
    }
}
