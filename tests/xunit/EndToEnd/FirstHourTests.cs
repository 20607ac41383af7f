using System.Text.RegularExpressions;

using Aeterna.Tests.Support;

using Xunit;

namespace Aeterna.Tests.EndToEnd;

/// <summary>docs/first-hour.md, line by line, under a real systemd with the distribution's rsyslog and its units.</summary>
public partial class FirstHourTests
{
    [SystemdFact]
    public async Task What_the_page_says_is_what_happens()
    {
        var folder = Temp.Folder();
        try
        {
            Shell.Output(Repository.File("src", "install.sh"), folder, "/usr/local");
            var blocks = Block().Matches(File.ReadAllText(Repository.File("docs", "first-hour.md"))).Select(m => m.Groups[1].Value).ToList();
            Assert.Equal(8, blocks.Count);
            WriteScript(Path.Combine(folder, "steps"), blocks);
            var (code, said, _) = await Task.Run(() => Shell.Run(Repository.File("tests", "systemd", "boot.sh"), folder, "240"));
            var output = File.Exists(Path.Combine(folder, "output")) ? File.ReadAllText(Path.Combine(folder, "output")) : File.ReadAllText(Path.Combine(folder, "console"));
            Assert.True(code == 0 && File.ReadAllText(Path.Combine(folder, "finished")).Trim() == "well", $"{said}\n{output}");
            Assert.Contains("  blocked  ", output, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void WriteScript(string path, IReadOnlyList<string> blocks)
    {
        var script = """
            #!/bin/bash
            set -eEuo pipefail
            trap 'echo "line $LINENO failed: $BASH_COMMAND"; journalctl --no-pager -n 40; echo badly > /mnt/finished' ERR
            # What is logged arrives, and /dev/log stays the journal's.
            arrives() {
                for (( i = 0; i < 600; i++ )); do
                    ! grep -qs "$1" /var/log/syslog || break
                    sleep 0.1
                done
                grep -q "$1" /var/log/syslog
                [[ $(readlink /dev/log) == /run/systemd/journal/dev-log ]]
            }
            # Built and installed it is already.
            make() { :; }
            set -x
            systemctl enable --now syslog.socket rsyslog.service
            logger before; arrives before
            # The file for hosts without systemd would take /dev/log away, which is told beforehand.
            aeterna check /usr/local/share/doc/aeterna/examples/rsyslogd/aeterna.yaml | grep /dev/log
            sed -i 's/soak_time: "30s"/soak_time: "1s"/' /usr/local/share/doc/aeterna/examples/systemd/rsyslogd.yaml

            """;
        foreach (var block in blocks)
        {
            script += block;
            if (Logged().Match(block) is { Success: true } logged)
            {
                script += $"arrives '{logged.Groups[1].Value}'\n";
            }
        }

        script += """
            systemctl is-active rsyslog.service
            ! systemctl is-active aeterna@rsyslogd.service
            echo well > /mnt/finished

            """;
        File.WriteAllText(path, script);
        File.SetUnixFileMode(path, (UnixFileMode)Convert.ToInt32("755", 8));
    }

    [GeneratedRegex("^```sh\n(.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Block();

    [GeneratedRegex("^logger \"(.*)\"", RegexOptions.Multiline)]
    private static partial Regex Logged();
}
