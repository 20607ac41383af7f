BeforeAll {
    . $PSScriptRoot/Support.ps1
    $folder = [IO.Directory]::CreateTempSubdirectory('aet-').FullName
    $key = [Security.Cryptography.RSA]::Create(2048)
    $request = [Security.Cryptography.X509Certificates.CertificateRequest]::new('CN=loghost', $key, 'SHA256', [Security.Cryptography.RSASignaturePadding]::Pkcs1)
    $certificate = $request.CreateSelfSigned([DateTimeOffset]::Now.AddDays(-1), [DateTimeOffset]::Now.AddDays(1))
    $pin = $certificate.GetCertHashString('SHA256')
    Set-Content "$folder/cert.pem" $certificate.ExportCertificatePem()
    Set-Content "$folder/key.pem" $key.ExportPkcs8PrivateKeyPem()
    [IO.File]::WriteAllText("$folder/token", 'a-token-of-the-tests-0123456789')
    chmod 600 "$folder/token" "$folder/key.pem"
    $port = New-Port
    # Every address, so that the engine asks for the token and speaks TLS.
    $address = [Net.NetworkInformation.NetworkInterface]::GetAllNetworkInterfaces().ForEach({ $_.GetIPProperties().UnicastAddresses.Address }).
        Where({ $_.AddressFamily -eq 'InterNetwork' -and -not [Net.IPAddress]::IsLoopback($_) }, 'First')
    $service = Start-TestService -More "control: { listen: `"$address`:$port`", token_file: `"$folder/token`", tls: { certificate: `"$folder/cert.pem`", key: `"$folder/key.pem`" } }"
    $uri = "https://$address`:$port"
    function New-Token([string] $Text) {
        $token = [securestring]::new()
        $Text.ToCharArray().ForEach({ $token.AppendChar($_) })
        $token
    }
    $token = New-Token 'a-token-of-the-tests-0123456789'
}
AfterAll {
    Remove-TestService $service
    if ($folder) { Remove-Item -Recurse -Force $folder }
}

Describe 'An engine elsewhere' {
    It 'is read and reloaded over HTTPS with a token and a pinned certificate' {
        $status = Get-AeternaStatus -Uri $uri -Token $token -CertificateThumbprint $pin
        $status.Name | Should -Be $service.Name
        $status.Uri | Should -Be "$uri/"
        $result = $status | Invoke-AeternaReload -Token $token -CertificateThumbprint $pin
        $result.Verdict | Should -Be succeeded
        (Get-AeternaStatus -Uri $uri -Token $token -SkipCertificateCheck).Name | Should -Be $service.Name
        (Get-AeternaStatus -Uri $uri -Token $token -CertificateThumbprint $certificate.Thumbprint).Name | Should -Be $service.Name
    }

    It 'is not trusted without, or with another certificate' {
        Get-ErrorId { Get-AeternaStatus -Uri $uri -Token $token } | Should -Be Aeterna.CertificateUntrusted
        Get-ErrorId { Get-AeternaStatus -Uri $uri -Token $token -CertificateThumbprint ('0' * 64) } | Should -Be Aeterna.CertificateUntrusted
    }

    It 'wants the token, and the right one' {
        Get-ErrorId { Get-AeternaStatus -Uri $uri -CertificateThumbprint $pin } | Should -Be Aeterna.Unauthorized
        Get-ErrorId { Get-AeternaStatus -Uri $uri -Token (New-Token wrong) -CertificateThumbprint $pin } | Should -Be Aeterna.Unauthorized
    }

    It 'is never sent a token in the clear' {
        Get-ErrorId { Get-AeternaStatus -Uri "http://$address`:$port" -Token $token } | Should -Be Aeterna.Unencrypted
    }

    It 'has an id for an address that is none, or where nothing listens' {
        Get-ErrorId { Get-AeternaStatus -Uri loghost } | Should -Be Aeterna.BadUri
        Get-ErrorId { Get-AeternaStatus -Uri ftp://loghost } | Should -Be Aeterna.BadUri
        Get-ErrorId { Get-AeternaStatus -Uri http://127.0.0.1:1 } | Should -Be Aeterna.NotRunning
    }
}
