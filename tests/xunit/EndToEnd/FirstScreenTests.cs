using System.Diagnostics;
using System.Text.Json;

using Aeterna.Tests.Support;

using Xunit;

namespace Aeterna.Tests.EndToEnd;

/// <summary>
/// Somebody who has read nothing but the README's first screen, at a bash in a terminal. The sentences are those by which he understands what happened. (The
/// same in PowerShell: tests/Pester/FirstScreen.Tests.ps1.)
/// </summary>
public sealed class FirstScreenTests
{
    [RootFact]
    public async Task A_stock_rsyslogd_is_brought_under_Aeterna_reloaded_and_kept_from_bad_configurations()
    {
        var screens = await Type(
            "sed -i '/imuxsock/s/^/#/' /etc/rsyslog.conf",
            "bin/aeterna reload rsyslogd --wait; echo \"exit code $?\"",
            "logger \"still served\"; until grep -o 'still served' /var/log/syslog; do :; done",
            "bin/aeterna status");

        Assert.Matches("rsyslogd  RUNNING  pid [0-9]+", screens[0]);
        Assert.Matches(@"reload \S+: succeeded in \S+: generation 2 \(pid [0-9]+\) serves in place of generation 1 \(pid [0-9]+\)", screens[2]);
        // Blocked: what rsyslogd says of the module, that nothing was started, and who serves.
        Assert.Matches(
            @"reload \S+: blocked in \S+: pre_flight ""Config dry-run"": exit code 1: .*could not load module 'there_is_none'.*; nothing was started, generation 2 \(pid [0-9]+\) serves on",
            OneLine(screens[4]));
        Assert.Matches("blocked .*could not load module", OneLine(screens[6]));
        Assert.Matches("succeeded .*reason: first try", OneLine(screens[6]));
        // Rolled back: what is missing, and who serves.
        Assert.Matches(
            @"reload \S+: rolled_back in \S+: generation 3 \(pid [0-9]+\) is not ready: .*unixgram:///dev/log is not bound \(if that is intended, force the reload\); generation 2 \(pid [0-9]+\) serves on.*exit code 3",
            OneLine(screens[8]));
        Assert.EndsWith("still served", screens[9].TrimEnd(), StringComparison.Ordinal);
        Assert.Matches("rsyslogd  RUNNING  pid [0-9]+ .* generation 2 .*last reload: rolled_back: ", OneLine(screens[10]));
        Assert.Contains("rsyslogd is stopped", screens[11], StringComparison.Ordinal);
    }

    // What the screen said after each command of the README's block, and these, which come before the last one.
    private static async Task<IReadOnlyList<string>> Type(params string[] more)
    {
        var start = new ProcessStartInfo(Repository.File("tests", "terminal", "first-screen.sh"), ["sh", "bash", "--norc"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["AETERNA_ENGINE"] = LiveEngine.Program },
        };
        using var process = Process.Start(start)!;
        await process.StandardInput.WriteAsync(string.Join('\n', more) + "\n");
        process.StandardInput.Close();
        var error = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, await error);
        return [.. JsonDocument.Parse(output).RootElement.EnumerateArray().Select(screen => screen.GetProperty("said").GetString()!)];
    }

    // Long lines are wrapped by the terminal, tables by the program.
    private static string OneLine(string screen) => screen.Replace("\n", " ", StringComparison.Ordinal);
}
