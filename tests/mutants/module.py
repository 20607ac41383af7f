"""The module: its cmdlets, and what they let through to a terminal."""
IN = "src"
TESTS = "Stop-AeternaService.Tests.ps1"
TERMINAL = {"tests": "Terminal.Tests.ps1"}
STOP = "Aeterna.PowerShell/Commands/StopAeternaServiceCommand.cs"
EDITS = [
    ("Stop-AeternaService does not wait", STOP, "        Wait(client, end);\n", ""),
    ("Stop-AeternaService does not say who lives on", STOP, "is { Count: > 0 } left", "is { Count: > 999 } left"),
    ("an engine that dies before it answers hides who lives on", "Aeterna.Client/EngineEnd.cs", "!await Ends()", "await Ends()"),
    ("who lives on is not looked for", "Aeterna.Client/ServiceProcesses.cs", "? process.Started == main.Started", "? process.Started != main.Started"),
    ("an engine's text drives the terminal", "Aeterna.Contract/CleanTextConverter.cs", "is { } text ? OneLine.Clean(text) : null", "is { } text ? text : null", TERMINAL),
    ("an engine's text turns the direction of writing", "Aeterna.Contract/OneLine.cs",
     "UnicodeCategory.Control or UnicodeCategory.Format or", "UnicodeCategory.Control or", TERMINAL),
]
