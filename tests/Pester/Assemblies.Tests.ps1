BeforeAll {
    . $PSScriptRoot/Support.ps1
    function Invoke-Fresh([string] $Script) { & $Pwsh -NoProfile -Command $Script }
}

Describe 'The module' {
    It 'brings its own assembly and no other' {
        $loaded = Invoke-Fresh @"
            `$shell = (Split-Path ([psobject].Assembly.Location)), (Split-Path ([object].Assembly.Location))
            Import-Module $Root/Aeterna.psd1
            `$null = Get-AeternaStatus
            Get-AeternaStatus nobody -ErrorAction Ignore
            [AppDomain]::CurrentDomain.GetAssemblies().Location | Where-Object { (`$file = `$_) -and -not `$shell.Where({ `$file.StartsWith("`$_/") }) }
"@
        $loaded | Should -Be "$Root/bin/module/Aeterna.PowerShell.dll"
    }

    It 'can be loaded from two places, as a runbook does in a shell that has it' {
        $copy = [IO.Directory]::CreateTempSubdirectory('aet-').FullName
        try {
            $null = New-Item -ItemType Directory "$copy/bin"
            Copy-Item $Root/Aeterna.psd1 $copy
            Copy-Item -Recurse $Root/bin/module "$copy/bin/module"
            Invoke-Fresh "`$ErrorActionPreference = 'Stop'; Import-Module $Root/Aeterna.psd1; Import-Module $copy/Aeterna.psd1; (Get-Module Aeterna).Count" | Should -Be 2
        } finally { Remove-Item -Recurse $copy }
    }

    It 'exports what the manifest lists one by one, and the manifest lists all' {
        $manifest = Import-PowerShellDataFile $Root/Aeterna.psd1
        $exported = (Get-Command -Module Aeterna).Name | Sort-Object
        $manifest.CmdletsToExport | Sort-Object | Should -Be $exported
        $all = [Reflection.Assembly]::LoadFrom("$Root/bin/module/Aeterna.PowerShell.dll").GetTypes().
            ForEach({ $_.GetCustomAttributes([Management.Automation.CmdletAttribute], $false) }).ForEach({ "$($_.VerbName)-$($_.NounName)" })
        $exported | Should -Be ($all | Sort-Object)
    }

    It 'has the version of the engine' {
        [xml] $properties = Get-Content $Root/Directory.Build.props
        (Import-PowerShellDataFile $Root/Aeterna.psd1).ModuleVersion | Should -Be $properties.Project.PropertyGroup.Version
    }
}

Describe 'The page about the module' {
    BeforeAll { $page = Get-Content -Raw $Root/docs/powershell.md }

    It 'lists exactly the cmdlets' {
        $listed = [regex]::Matches($page, '(?m)^\| `([A-Z][a-z]+-Aeterna[A-Za-z]+)` \|').ForEach({ $_.Groups[1].Value })
        $listed | Sort-Object | Should -Be ((Get-Command -Module Aeterna).Name | Sort-Object)
    }

    It 'pairs every cmdlet with what the command line has, and the other way round' {
        $rows = [regex]::Matches($page, '(?m)^\| ((?:`aeterna|\|).*)$').Groups.Where({ $_.Name -eq '1' }).Value
        $rows.Count | Should -BeGreaterThan 10
        $paired = [regex]::Matches($rows -join "`n", '`([A-Z]\w+-Aeterna\w+)').ForEach({ $_.Groups[1].Value }) | Sort-Object -Unique
        $paired | Should -Be ((Get-Command -Module Aeterna).Name | Sort-Object)
        $verbs = [regex]::Matches($rows -join "`n", '`aeterna ([a-z]+)').ForEach({ $_.Groups[1].Value }) | Sort-Object -Unique
        $help = (& $Root/bin/aeterna --help) -join "`n"
        $known = [regex]::Matches(($help -split 'Commands:|Example:')[1], '(?m)^  ([a-z]+) ').ForEach({ $_.Groups[1].Value })
        $verbs | Should -Be ($known | Sort-Object)
        # Each call of a cmdlet can be made.
        foreach ($call in [regex]::Matches($rows -join "`n", '`(\w+-Aeterna\w+ [^`]*)`').ForEach({ $_.Groups[1].Value })) {
            $tree = [Management.Automation.Language.Parser]::ParseInput($call, [ref] $null, [ref] $null)
            foreach ($parameter in $tree.FindAll({ $args[0] -is [Management.Automation.Language.CommandParameterAst] }, $true)) {
                { (Get-Command $call.Split(' ')[0]).ResolveParameter($parameter.ParameterName) } | Should -Not -Throw
            }
        }
    }

    It 'lists exactly the error ids' {
        $ids = [Reflection.Assembly]::LoadFrom("$Root/bin/module/Aeterna.PowerShell.dll").GetType('Aeterna.Client.EngineError').GetEnumNames()
        $listed = [regex]::Matches($page, '(?m)^\| `Aeterna\.(\w+)` \|').ForEach({ $_.Groups[1].Value })
        $listed | Sort-Object | Should -Be ($ids | Sort-Object)
    }

    It 'has examples that parse, of cmdlets and parameters that exist' {
        foreach ($block in [regex]::Matches($page, '(?s)```powershell\n(.*?)```')) {
            $errors = $null
            $tree = [Management.Automation.Language.Parser]::ParseInput($block.Groups[1].Value, [ref] $null, [ref] $errors)
            $errors | Should -BeNullOrEmpty
            foreach ($call in $tree.FindAll({ $args[0] -is [Management.Automation.Language.CommandAst] }, $true)) {
                $command = Get-Command $call.GetCommandName() -ErrorAction Ignore
                if ($call.GetCommandName() -like '*-Aeterna*') {
                    $command | Should -Not -BeNullOrEmpty -Because $call
                    foreach ($parameter in $call.CommandElements.Where({ $_ -is [Management.Automation.Language.CommandParameterAst] })) {
                        { $command.ResolveParameter($parameter.ParameterName) } | Should -Not -Throw
                    }
                }
            }
        }
    }
}
