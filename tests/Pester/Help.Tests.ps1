BeforeDiscovery {
    . $PSScriptRoot/Support.ps1
    $commands = (Get-Command -Module Aeterna).Name
}
BeforeAll { . $PSScriptRoot/Support.ps1 }

Describe 'The help of <_>' -ForEach $commands {
    BeforeAll {
        $name = $_
        $help = Get-Help $name -Full
        $command = Get-Command $name
    }

    It 'has a synopsis and a description' {
        $help.Synopsis | Should -Match '^[A-Z].*\.$'
        $help.Description.Text | Should -Match '^[A-Z].*\.$'
    }

    It 'has an example that parses and uses parameters that exist' {
        $examples = @($help.Examples.Example)
        $examples.Count | Should -BeGreaterThan 0
        foreach ($example in $examples) {
            "$($example.Remarks.Text)" | Should -Match '\.'
            $errors = $null
            $tree = [Management.Automation.Language.Parser]::ParseInput($example.Code, [ref] $null, [ref] $errors)
            $errors | Should -BeNullOrEmpty
            $calls = @($tree.FindAll({ $args[0] -is [Management.Automation.Language.CommandAst] }, $true))
            $calls.ForEach({ $_.GetCommandName() }) | Should -Contain $name
            foreach ($call in $calls.Where({ $_.GetCommandName() -like '*-Aeterna*' })) {
                foreach ($parameter in $call.CommandElements.Where({ $_ -is [Management.Automation.Language.CommandParameterAst] })) {
                    { (Get-Command $call.GetCommandName()).ResolveParameter($parameter.ParameterName) } | Should -Not -Throw
                }
            }
        }
    }

    It 'describes every parameter' {
        $own = $command.Parameters.Keys.Where({ $_ -notin [Management.Automation.PSCmdlet]::CommonParameters })
        $described = $help.Parameters.Parameter
        $described.Name | Sort-Object | Should -Be ($own | Sort-Object)
        foreach ($parameter in $described) { "$($parameter.Description.Text)" | Should -Match '^[A-Z].*\.' -Because $parameter.Name }
    }

    It 'has output types' {
        $command.OutputType | Should -Not -BeNullOrEmpty
        $help.ReturnValues.ReturnValue.Type.Name | Should -Be $command.OutputType.Name
    }
}

Describe 'The help' {
    It 'is what the comments of the sources say' {
        $fresh = [IO.Path]::GetTempFileName()
        try {
            & $Pwsh -NoProfile -File $Root/src/Aeterna.PowerShell/new-help.ps1 -OutFile $fresh
            Get-Content -Raw $fresh | Should -BeExactly (Get-Content -Raw $Root/src/Aeterna.PowerShell/en-US/Aeterna.PowerShell.dll-Help.xml)
        } finally { Remove-Item $fresh }
    }

    It 'has a page about the whole' {
        Get-Help about_Aeterna | Out-String | Should -Match 'WHICH ENGINE'
    }
}
