# Makes the module's help (MAML) from the comments of the cmdlets' sources, so that each thing is said in one place.
# Usage: pwsh -NoProfile -File src/Aeterna.PowerShell/new-help.ps1 [-OutFile FILE]     (after "make build")
param([string] $OutFile = "$PSScriptRoot/en-US/Aeterna.PowerShell.dll-Help.xml")
$ErrorActionPreference = 'Stop'
Set-StrictMode -Version Latest

$root = Resolve-Path "$PSScriptRoot/../.."
Import-Module "$root/Aeterna.psd1" -Force
$comments = @{}
$xml = [xml]::new()
$xml.Load("$root/bin/module/Aeterna.PowerShell.xml")
foreach ($member in $xml.doc.members.member) { $comments[$member.name] = $member }

$ns = @{
    help = 'http://msh'
    maml = 'http://schemas.microsoft.com/maml/2004/10'
    command = 'http://schemas.microsoft.com/maml/dev/command/2004/10'
    dev = 'http://schemas.microsoft.com/maml/dev/2004/10'
}
$common = [System.Management.Automation.PSCmdlet]::CommonParameters + [System.Management.Automation.PSCmdlet]::OptionalCommonParameters
$shared = @{
    WhatIf = 'Say what would happen, and change nothing.'
    Confirm = 'Ask before anything is changed.'
}

# The text of a comment as one line; a reference stands for the name that it points to.
function Get-Text($node) {
    if ($null -eq $node) { return '' }
    $inner = if ($node -is [string]) { $node } else { $node.InnerXml -replace '<see cref="[A-Z]:(?:[^"]*\.)?([^".]+)"\s*/>', '$1' -replace '</?c>', '' }
    [System.Net.WebUtility]::HtmlDecode(($inner -replace '\s+', ' ').Trim())
}

# The comment of a parameter, which may stand at a base class.
function Get-ParameterText([type] $type, [string] $name) {
    for ($at = $type; $null -ne $at; $at = $at.BaseType) {
        $comment = $comments["P:$($at.FullName).$name"]
        if ($comment) { return Get-Text $comment.summary }
    }
    $shared[$name]
}

function Write-Para($writer, [string] $element, [string] $text) {
    $prefix, $local = $element -split ':'
    $writer.WriteStartElement($prefix, $local, $ns[$prefix])
    $writer.WriteElementString('maml', 'para', $ns.maml, $text)
    $writer.WriteEndElement()
}

function Write-Parameter($writer, $type, $parameter, $aliases, [bool] $wildcards) {
    $pipeline = @(
        if ($parameter.ValueFromPipeline) { 'ByValue' }
        if ($parameter.ValueFromPipelineByPropertyName) { 'ByPropertyName' }
    )
    $writer.WriteStartElement('command', 'parameter', $ns.command)
    $writer.WriteAttributeString('required', "$($parameter.IsMandatory)".ToLowerInvariant())
    $writer.WriteAttributeString('variableLength', 'true')
    $writer.WriteAttributeString('globbing', "$wildcards".ToLowerInvariant())
    $writer.WriteAttributeString('pipelineInput', $(if ($pipeline) { "True ($($pipeline -join ', '))" } else { 'False' }))
    $writer.WriteAttributeString('position', $(if ($parameter.Position -ge 0) { "$($parameter.Position)" } else { 'named' }))
    $writer.WriteAttributeString('aliases', $(if ($aliases) { $aliases -join ', ' } else { 'none' }))
    $writer.WriteElementString('maml', 'name', $ns.maml, $parameter.Name)
    Write-Para $writer 'maml:description' (Get-ParameterText $type $parameter.Name)
    if ($parameter.ParameterType -ne [switch]) {
        $shown = [Nullable]::GetUnderlyingType($parameter.ParameterType) ?? $parameter.ParameterType
        $writer.WriteStartElement('command', 'parameterValue', $ns.command)
        $writer.WriteAttributeString('required', 'true')
        $writer.WriteString($shown.Name)
        $writer.WriteEndElement()
    }
    $writer.WriteEndElement()
}

function Write-Command($writer, $command) {
    $type = $command.ImplementingType
    $comment = $comments["T:$($type.FullName)"]
    $verb, $noun = $command.Name -split '-'
    $writer.WriteStartElement('command', 'command', $ns.command)
    $writer.WriteStartElement('command', 'details', $ns.command)
    $writer.WriteElementString('command', 'name', $ns.command, $command.Name)
    Write-Para $writer 'maml:description' (Get-Text $comment.summary)
    $writer.WriteElementString('command', 'verb', $ns.command, $verb)
    $writer.WriteElementString('command', 'noun', $ns.command, $noun)
    $writer.WriteEndElement()
    Write-Para $writer 'maml:description' (Get-Text $comment.remarks)

    $parameters = @($command.ParameterSets[0].Parameters | Where-Object Name -notin ($common | Where-Object { $_ -notin 'WhatIf', 'Confirm' }))
    foreach ($element in 'syntax', 'parameters') {
        $writer.WriteStartElement('command', $element, $ns.command)
        if ($element -eq 'syntax') {
            $writer.WriteStartElement('command', 'syntaxItem', $ns.command)
            $writer.WriteElementString('maml', 'name', $ns.maml, $command.Name)
        }
        foreach ($parameter in $parameters) {
            $wildcards = @($command.Parameters[$parameter.Name].Attributes).Where({ $_ -is [System.Management.Automation.SupportsWildcardsAttribute] }).Count -gt 0
            Write-Parameter $writer $type $parameter $parameter.Aliases $wildcards
        }
        if ($element -eq 'syntax') { $writer.WriteEndElement() }
        $writer.WriteEndElement()
    }

    $writer.WriteStartElement('command', 'returnValues', $ns.command)
    foreach ($output in $command.OutputType) {
        $writer.WriteStartElement('command', 'returnValue', $ns.command)
        $writer.WriteStartElement('dev', 'type', $ns.dev)
        $writer.WriteElementString('maml', 'name', $ns.maml, $output.Name)
        $writer.WriteEndElement()
        Write-Para $writer 'maml:description' (Get-Text $comments["T:$($output.Name)"]?.summary)
        $writer.WriteEndElement()
    }
    $writer.WriteEndElement()

    $writer.WriteStartElement('command', 'examples', $ns.command)
    $number = 0
    foreach ($example in @($comment.example)) {
        $number++
        $writer.WriteStartElement('command', 'example', $ns.command)
        $writer.WriteElementString('maml', 'title', $ns.maml, "-------------------------- Example $number --------------------------")
        $writer.WriteElementString('dev', 'code', $ns.dev, (Get-Text $example.code))
        Write-Para $writer 'dev:remarks' (Get-Text $example.para)
        $writer.WriteEndElement()
    }
    $writer.WriteEndElement()
    $writer.WriteEndElement()
}

$settings = [System.Xml.XmlWriterSettings]@{ Indent = $true; NewLineChars = "`n"; Encoding = [System.Text.UTF8Encoding]::new($false) }
$writer = [System.Xml.XmlWriter]::Create($OutFile, $settings)
$writer.WriteStartElement('helpItems', $ns.help)
$writer.WriteAttributeString('schema', 'maml')
foreach ($command in Get-Command -Module Aeterna | Sort-Object Name) { Write-Command $writer $command }
$writer.WriteEndElement()
$writer.Close()
[System.IO.File]::AppendAllText($OutFile, "`n")
