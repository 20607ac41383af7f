BeforeAll {
    . $PSScriptRoot/Support.ps1
    $version = (Import-PowerShellDataFile $Root/Aeterna.psd1).ModuleVersion
    # The test run has made it already; it takes minutes.
    $made = Get-Item "$Root/out/Aeterna/$version/Aeterna.PowerShell.dll" -ErrorAction Ignore
    $parts = Get-Item $Root/bin/aeterna, $Root/bin/module/Aeterna.PowerShell.dll
    if (-not $made -or ($parts.LastWriteTimeUtc -gt $made.LastWriteTimeUtc)) {
        $said = & $Root/src/module.sh --here 2>&1
        $LASTEXITCODE | Should -Be 0 -Because "$said"
    }
    $folder = [IO.Directory]::CreateTempSubdirectory('aet-').FullName

    # Another shell with nothing but pwsh: no .NET to be found, no source tree.
    function Invoke-Bare([string] $Script) {
        $null = New-Item -ItemType Directory -Force "$folder/home"
        $said = env -i PATH=/usr/bin:/bin HOME=$folder/home DOTNET_ROOT=/nowhere NO_COLOR=1 PSModulePath=$folder/modules $Pwsh -NoProfile -Command $Script 2>&1
        $LASTEXITCODE | Should -Be 0 -Because "$said"
        $said
    }
}
AfterAll { if ($folder) { Remove-Item -Recurse -Force $folder } }

Describe 'The module that is given away' {
    It 'is installed by copying its folder' {
        $null = New-Item -ItemType Directory "$folder/modules"
        Copy-Item -Recurse "$Root/out/Aeterna" "$folder/modules/Aeterna"
        $service = New-TestService
        try {
            $said = Invoke-Bare @"
                `$ErrorActionPreference = 'Stop'
                Import-Module Aeterna
                (Get-Module Aeterna).ModuleBase
                (Start-AeternaService $($service.ConfigPath)).State
                (Invoke-AeternaReload $($service.Name)).Verdict
                (Get-Process -Id (Get-AeternaStatus $($service.Name)).EnginePid).Path
                (Get-Help Get-AeternaStatus).Synopsis
                (Get-AeternaStatus $($service.Name) | Out-String).Trim().Split("``n")[0]
"@
            $said[0] | Should -Be "$folder/modules/Aeterna/$version"
            $said[1, 2] | Should -Be RUNNING, succeeded
            $said[3] | Should -Be "$folder/modules/Aeterna/$version/engine/$(uname -m)/aeterna"
            $said[4] | Should -Be 'Shows services as they are now.'
            $said[5] | Should -Match '^Name\s+State'
        } finally { Remove-TestService $service }
    }

    It 'says what its engine is made of' {
        $bill = Get-Content -Raw "$Root/out/Aeterna/$version/aeterna.cdx.json" | ConvertFrom-Json
        $bill.bomFormat, $bill.metadata.component.name, $bill.metadata.component.version | Should -Be CycloneDX, aeterna, $version
        $wanted = ([xml] (Get-Content -Raw "$Root/Directory.Packages.props")).Project.ItemGroup.PackageVersion
        foreach ($name in 'Stateless', 'YamlDotNet', 'prometheus-net', 'Tmds.LibC', 'System.CommandLine', 'Spectre.Console') {
            ($bill.components | Where-Object name -EQ $name).version | Should -Be ($wanted | Where-Object Include -EQ $name).Version
        }
        ($bill.components.name -like 'Microsoft.*.App.Runtime.*').Count | Should -BeGreaterThan 1
        $bill.components.name | Should -Not -Contain 'xunit'
    }

    It 'has an engine that runs where there is no .NET, and hands on the descriptor limit that it was started with' {
        $dotnet = Split-Path (Get-Item (Get-Command dotnet -CommandType Application)[0].Source).ResolveLinkTarget($true)
        $engine = "$Root/out/Aeterna/$version/engine/$(uname -m)/aeterna"
        $service = New-TestService
        try {
            (Get-Content -Raw $service.ConfigPath) -replace 'command: \[.*python3.*\] }', "command: [/bin/sh, -c, 'ulimit -Sn > $folder/limit; exec sleep 1000'] }" |
                Set-Content $service.ConfigPath
            $script = @"
                mount -t tmpfs none $dotnet && ! command -v dotnet && ! $dotnet/dotnet --version 2> /dev/null || exit 9
                ulimit -S -n 777
                $engine start -c $($service.ConfigPath) --detach && $engine reload -n $($service.Name) --wait && $engine stop -n $($service.Name)
"@
            # In a mount namespace of its own, where the runtime's folder is empty.
            $said = unshare --mount --propagation private env -i PATH=/usr/bin:/bin NO_COLOR=1 /bin/sh -c $script 2>&1
            $LASTEXITCODE | Should -Be 0 -Because "$said"
            Get-Content "$folder/limit" | Should -Be 777
        } finally { Remove-TestService $service }
    }

    It 'is good as a package: manifest at its root, and the engine is made executable again' {
        Remove-Item -Recurse "$folder/modules"
        [IO.Compression.ZipFile]::ExtractToDirectory("$Root/out/Aeterna.$version.nupkg", "$folder/modules/Aeterna/$version")
        $package = "$folder/modules/Aeterna/$version"
        [xml] $nuspec = Get-Content -Raw "$package/Aeterna.nuspec"
        $nuspec.package.metadata.id | Should -Be Aeterna
        $nuspec.package.metadata.version | Should -Be $version
        $tags = $nuspec.package.metadata.tags.Split(' ')
        $tags | Should -Contain PSModule
        $tags.Where({ $_ -like 'PSCmdlet_*' }).ForEach({ $_ -replace 'PSCmdlet_' }) | Sort-Object | Should -Be ((Get-Command -Module Aeterna).Name | Sort-Object)
        $tags.Where({ $_ -like 'PSCommand_*' }).ForEach({ $_ -replace 'PSCommand_' }) | Sort-Object | Should -Be ((Get-Command -Module Aeterna).Name | Sort-Object)
        $manifest = Test-ModuleManifest "$package/Aeterna.psd1"
        $manifest.Version | Should -Be $version
        $manifest.LicenseUri | Should -Be 'https://www.apache.org/licenses/LICENSE-2.0'
        $manifest.ReleaseNotes | Should -Be $nuspec.package.metadata.releaseNotes
        Get-Content -Raw "$package/CHANGELOG.md" | Should -BeExactly (Get-Content -Raw "$Root/CHANGELOG.md")
        # Installed by root it has to work for others, who could not make it so.
        $programs = @(Get-ChildItem "$package/engine" -Recurse -File -Filter aeterna)
        $programs.Count | Should -BeGreaterThan 0
        $programs.UnixMode | Select-Object -Unique | Should -Be '-rwxr-xr-x'
        chmod -R a-x+X "$package/engine"
        $service = New-TestService
        try { Invoke-Bare "Import-Module Aeterna; Test-AeternaConfig $($service.ConfigPath) -Quiet" | Should -Be True }
        finally { Remove-TestService $service }
    }
}
