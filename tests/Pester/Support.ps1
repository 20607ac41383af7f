# What the tests share: services of their own, engines that misbehave, and the error that a script ends with.
$ErrorActionPreference = 'Stop'
# For all tests, and what they call: scripts of others may ask for it.
Set-StrictMode -Version Latest
$Root = (Resolve-Path "$PSScriptRoot/../..").Path
Import-Module "$Root/Aeterna.psd1"
# Another shell. This one's own program may be "dotnet".
$Pwsh = (Get-Command pwsh -CommandType Application | Select-Object -First 1).Source

$Server = @'
import os, signal, socket, threading
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])  # and no handler: one that runs just before accept would leave it there
threading.Thread(target=lambda: (signal.sigwait([signal.SIGTERM]), os._exit(0)), daemon=True).start()
s = socket.socket(); s.bind(('127.0.0.1', PORT)); s.listen()
while True:
    c, _ = s.accept(); c.sendall(os.environ['AETERNA_GENERATION'].encode()); c.close()
'@

# A port that nothing has. It lies below those that the kernel gives out by itself, and each is given once, so that no client gets it
# before the program that it is for.
$Ports = [pscustomobject]@{ Next = 12000 + $PID * 97 % 16000 }
function New-Port {
    while ($true) {
        $listener = [Net.Sockets.TcpListener]::new([Net.IPAddress]::Any, $Ports.Next++)
        try { $listener.Start(); return $listener.LocalEndpoint.Port } catch [Net.Sockets.SocketException] { } finally { $listener.Stop() }
    }
}

# A service on a port of its own; with FOLDER/block its pre-flight fails.
function New-TestService([string] $Soak = '50ms', [string] $More = '') {
    $folder = [IO.Directory]::CreateTempSubdirectory('aet-').FullName
    $port = New-Port
    $name = "p-$([guid]::NewGuid().ToString('N').Substring(0, 10))"
    Set-Content "$folder/server.py" $Server.Replace('PORT', $port)
    Set-Content "$folder/aeterna.yaml" @"
version: "v1"
service: { name: "$name", command: ["/usr/bin/python3", "-S", "$folder/server.py"] }
orchestration:
  pre_flight: [ { name: "may go on", command: ["/usr/bin/test", "!", "-e", "$folder/block"], block_on_fail: true } ]
  canary: { soak_time: "$Soak", switch_timeout: "60s" }
observability: { metrics_port: "off" }
history: { directory: "$folder/history" }
$More
"@
    [pscustomobject]@{ Name = $name; Folder = $folder; Port = $port; ConfigPath = "$folder/aeterna.yaml"; Socket = "/run/aeterna/$name/control.sock" }
}

# The same, running.
function Start-TestService([string] $Soak = '50ms', [string] $More = '') {
    $service = New-TestService $Soak $More
    $null = Start-AeternaService $service.ConfigPath -Timeout 60
    $service
}

function Remove-TestService($Service) {
    if ($null -eq $Service) { return }
    Stop-AeternaService $Service.Name -Force -Timeout 60 -ErrorAction Ignore
    Remove-Item -Recurse -Force $Service.Folder, "/run/aeterna/$($Service.Name)" -ErrorAction Ignore
}

# The error record that a script ends with; errors of items count as well.
function Get-Failure([scriptblock] $Script) {
    $ErrorActionPreference = 'Stop'
    try { $null = & $Script } catch { return $_ }
    throw "there was no error: $Script"
}

function Get-ErrorId([scriptblock] $Script) { (Get-Failure $Script).FullyQualifiedErrorId -replace ',.*' }

function Wait-Until([scriptblock] $Condition, [string] $What) {
    $limit = [datetime]::UtcNow.AddSeconds(60)
    while (-not (& $Condition)) {
        if ([datetime]::UtcNow -gt $limit) { throw "waited a minute in vain: $What" }
        Start-Sleep -Milliseconds 10
    }
}

# A unix socket that is no engine of this version: it never answers, or answers everything with one body. A wish is the end of it.
function Start-FalseEngine([string] $Body = '') {
    $folder = [IO.Directory]::CreateTempSubdirectory('aet-').FullName
    Set-Content "$folder/engine.py" @'
import os, socket, sys
body = open(sys.argv[2], 'rb').read().strip()
# The path that is waited for appears when it listens.
s = socket.socket(socket.AF_UNIX); s.bind(sys.argv[1] + '.new'); s.listen(); os.rename(sys.argv[1] + '.new', sys.argv[1])
kept = []
while True:
    c, _ = s.accept()
    kept.append(c)
    if body:
        if c.recv(65536).startswith(b'POST'): os._exit(0)
        c.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s' % (len(body), body)); c.close()
'@
    Set-Content "$folder/body" $Body
    $process = Start-Process /usr/bin/python3 -ArgumentList "$folder/engine.py", "$folder/s", "$folder/body" -PassThru
    Wait-Until { Test-Path "$folder/s" } 'the false engine listens'
    [pscustomobject]@{ Socket = "$folder/s"; Folder = $folder; Process = $process }
}

function Stop-FalseEngine($Engine) {
    $Engine.Process.Kill()
    Remove-Item -Recurse -Force $Engine.Folder
}
