"""The cmdlets."""
IN = "src/Aeterna.PowerShell/Commands"
TESTS = "Stop-AeternaService.Tests.ps1"
EDITS = [
    ("Stop-AeternaService does not wait", "StopAeternaServiceCommand.cs", "        WaitUntilGone(client, status.EnginePid);\n", ""),
]
